// SPDX-License-Identifier: Apache-2.0
/*
 * Members of the JDK that are not public: the methods that a SocketImpl needs to delegate to another one, the lengths
 * of a packet, how a DatagramSocket gets the one that it delegates to, and the port of a group of asynchronous
 * channels. JNI may call them, but a call through JNI would pin a virtual thread. So Java calls them by method handles.
 * The lookup that finds the members has every right in java.base. It stays here, and Java gets handles of the members
 * in this table only.
 *
 * The members, and Lookup(Class), are the same on JDK 17, 21, 25, 27 and 28-ea.
 */
#include "niovsock.h"
#include <string.h>

#define SOCKET_IMPL "java/net/SocketImpl"
#define PACKET "java/net/DatagramPacket"
#define DATAGRAM_SOCKET "java/net/DatagramSocket"
#define PORT "sun/nio/ch/Port"

#define LOOKUP "java/lang/invoke/MethodHandles$Lookup"
#define CLASS "Ljava/lang/Class;"
#define STRING "Ljava/lang/String;"
#define TYPE "Ljava/lang/invoke/MethodType;"
#define HANDLE "Ljava/lang/invoke/MethodHandle;"

typedef enum { FIND_VIRTUAL, FIND_STATIC, FIND_CONSTRUCTOR, FIND_GETTER, FIND_STATIC_GETTER, FIND_SETTER } finder;

/* The methods of Lookup. They take the type of a method as a MethodType; from FIND_GETTER, of a field as a class. */
static const struct { const char *name, *descriptor; } finders[] = {
    [FIND_VIRTUAL] = { "findVirtual", "(" CLASS STRING TYPE ")" HANDLE },
    [FIND_STATIC] = { "findStatic", "(" CLASS STRING TYPE ")" HANDLE },
    [FIND_CONSTRUCTOR] = { "findConstructor", "(" CLASS TYPE ")" HANDLE },
    [FIND_GETTER] = { "findGetter", "(" CLASS STRING CLASS ")" HANDLE },
    [FIND_STATIC_GETTER] = { "findStaticGetter", "(" CLASS STRING CLASS ")" HANDLE },
    [FIND_SETTER] = { "findSetter", "(" CLASS STRING CLASS ")" HANDLE },
};

static const struct member { const char *name; finder finder; const char *owner, *member, *type; } members[] = {
    { "createPlatformSocketImpl", FIND_STATIC, SOCKET_IMPL, "createPlatformSocketImpl", "(Z)Ljava/net/SocketImpl;" },
    { "SocksSocketImpl", FIND_CONSTRUCTOR, "java/net/SocksSocketImpl", NULL, "(Ljava/net/SocketImpl;)V" },
    { "socketImplFactory", FIND_STATIC, "java/net/Socket", "socketImplFactory", "()Ljava/net/SocketImplFactory;" },
    { "serverSocketFactory", FIND_STATIC_GETTER, "java/net/ServerSocket", "factory", "()Ljava/net/SocketImplFactory;" },
    { "create", FIND_VIRTUAL, SOCKET_IMPL, "create", "(Z)V" },
    { "connect", FIND_VIRTUAL, SOCKET_IMPL, "connect", "(Ljava/net/SocketAddress;I)V" },
    { "bind", FIND_VIRTUAL, SOCKET_IMPL, "bind", "(Ljava/net/InetAddress;I)V" },
    { "listen", FIND_VIRTUAL, SOCKET_IMPL, "listen", "(I)V" },
    { "accept", FIND_VIRTUAL, SOCKET_IMPL, "accept", "(Ljava/net/SocketImpl;)V" },
    { "getInputStream", FIND_VIRTUAL, SOCKET_IMPL, "getInputStream", "()Ljava/io/InputStream;" },
    { "getOutputStream", FIND_VIRTUAL, SOCKET_IMPL, "getOutputStream", "()Ljava/io/OutputStream;" },
    { "available", FIND_VIRTUAL, SOCKET_IMPL, "available", "()I" },
    { "shutdownInput", FIND_VIRTUAL, SOCKET_IMPL, "shutdownInput", "()V" },
    { "shutdownOutput", FIND_VIRTUAL, SOCKET_IMPL, "shutdownOutput", "()V" },
    { "close", FIND_VIRTUAL, SOCKET_IMPL, "close", "()V" },
    { "supportsUrgentData", FIND_VIRTUAL, SOCKET_IMPL, "supportsUrgentData", "()Z" },
    { "sendUrgentData", FIND_VIRTUAL, SOCKET_IMPL, "sendUrgentData", "(I)V" },
    { "getFileDescriptor", FIND_VIRTUAL, SOCKET_IMPL, "getFileDescriptor", "()Ljava/io/FileDescriptor;" },
    { "getInetAddress", FIND_VIRTUAL, SOCKET_IMPL, "getInetAddress", "()Ljava/net/InetAddress;" },
    { "getPort", FIND_VIRTUAL, SOCKET_IMPL, "getPort", "()I" },
    { "getLocalPort", FIND_VIRTUAL, SOCKET_IMPL, "getLocalPort", "()I" },
    { "setOption", FIND_VIRTUAL, SOCKET_IMPL, "setOption", "(Ljava/net/SocketOption;Ljava/lang/Object;)V" },
    { "getOption", FIND_VIRTUAL, SOCKET_IMPL, "getOption", "(Ljava/net/SocketOption;)Ljava/lang/Object;" },
    { "supportedOptions", FIND_VIRTUAL, SOCKET_IMPL, "supportedOptions", "()Ljava/util/Set;" },
    { "getCapacity", FIND_GETTER, PACKET, "bufLength", "()I" },
    { "setReceived", FIND_SETTER, PACKET, "length", "()I" },
    { "createDelegate", FIND_STATIC, DATAGRAM_SOCKET, "createDelegate",
      "(Ljava/net/SocketAddress;Ljava/lang/Class;)Ljava/net/DatagramSocket;" },
    { "datagramFactory", FIND_STATIC_GETTER, DATAGRAM_SOCKET, "factory", "()Ljava/net/DatagramSocketImplFactory;" },
    { "noDelegate", FIND_STATIC_GETTER, DATAGRAM_SOCKET, "NO_DELEGATE", "()Ljava/net/SocketAddress;" },
    { "group", FIND_VIRTUAL, "sun/nio/ch/Groupable", "group", "()Lsun/nio/ch/AsynchronousChannelGroupImpl;" },
    { "register", FIND_VIRTUAL, PORT, "register", "(ILsun/nio/ch/Port$PollableChannel;)V" },
    { "unregister", FIND_VIRTUAL, PORT, "unregister", "(I)V" },
    { "startPoll", FIND_VIRTUAL, PORT, "startPoll", "(II)V" },
};

static jobject new_lookup(JNIEnv *env, jclass lookups, jclass owner) {
    jmethodID create = (*env)->GetMethodID(env, lookups, "<init>", "(Ljava/lang/Class;)V");
    return create == NULL ? NULL : (*env)->NewObject(env, lookups, create, owner);
}

static jobject method_type(JNIEnv *env, const char *descriptor) {
    jclass type = (*env)->FindClass(env, "java/lang/invoke/MethodType");
    jmethodID parse = type == NULL ? NULL
        : (*env)->GetStaticMethodID(env, type, "fromMethodDescriptorString", "(" STRING "Ljava/lang/ClassLoader;)" TYPE);
    jstring text = parse == NULL ? NULL : (*env)->NewStringUTF(env, descriptor);
    jobject result = text == NULL ? NULL : (*env)->CallStaticObjectMethod(env, type, parse, text, (jobject) NULL);
    return (*env)->ExceptionCheck(env) ? NULL : result;
}

/* The return type of a method type. */
static jobject returned(JNIEnv *env, jobject type) {
    jmethodID get = (*env)->GetMethodID(env, (*env)->GetObjectClass(env, type), "returnType", "()Ljava/lang/Class;");
    jobject result = get == NULL ? NULL : (*env)->CallObjectMethod(env, type, get);
    return (*env)->ExceptionCheck(env) ? NULL : result;
}

static jobject find_member(JNIEnv *env, const struct member *member) {
    jclass lookups = (*env)->FindClass(env, LOOKUP);
    jclass owner = lookups == NULL ? NULL : (*env)->FindClass(env, member->owner);
    jobject lookup = owner == NULL ? NULL : new_lookup(env, lookups, owner);
    jobject type = lookup == NULL ? NULL : method_type(env, member->type);
    if (type != NULL && member->finder >= FIND_GETTER)
        type = returned(env, type);
    jmethodID find = type == NULL ? NULL
        : (*env)->GetMethodID(env, lookups, finders[member->finder].name, finders[member->finder].descriptor);
    if (find == NULL)
        return NULL;
    if (member->finder == FIND_CONSTRUCTOR)
        return (*env)->CallObjectMethod(env, lookup, find, owner, type);
    jstring name = (*env)->NewStringUTF(env, member->member);
    return name == NULL ? NULL : (*env)->CallObjectMethod(env, lookup, find, owner, name, type);
}

/* Returns NULL for a name that is not in the table. If the JDK does not have the member, an exception is pending. */
NATIVE(jobject, jdkMember)(JNIEnv *env, jclass type_, jstring name) {
    (void) type_;
    const char *text = (*env)->GetStringUTFChars(env, name, NULL);
    if (text == NULL)
        return NULL;
    const struct member *found = NULL;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (strcmp(members[i].name, text) == 0)
            found = &members[i];
    (*env)->ReleaseStringUTFChars(env, name, text);
    return found == NULL ? NULL : find_member(env, found);
}
