/*
 * What a SocketImpl needs to hand its calls on to another one: methods that only java.net and subclasses may call.
 * JNI asks for no permission, but a call through it would pin a virtual thread. So Java makes the calls, by method
 * handles, and this file only gives the lookup for them. Lookup(Class) is the same on JDK 17, 21 and 25; where it is
 * missing, an exception is pending.
 */
#include "niovsock.h"

NATIVE(jobject, socketImplLookup)(JNIEnv *env, jclass type_) {
    (void) type_;
    jclass lookup = (*env)->FindClass(env, "java/lang/invoke/MethodHandles$Lookup");
    jclass impl = lookup == NULL ? NULL : (*env)->FindClass(env, "java/net/SocketImpl");
    jmethodID create = impl == NULL ? NULL : (*env)->GetMethodID(env, lookup, "<init>", "(Ljava/lang/Class;)V");
    return create == NULL ? NULL : (*env)->NewObject(env, lookup, create, impl);
}
