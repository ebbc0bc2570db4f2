// SPDX-License-Identifier: Apache-2.0
/*
 * Loads the native library as a JVM does, and calls its native methods. The JVM is a few functions here, so that the
 * library can be tried with a C library for which there is no JVM. The sockets are of the emulated transport.
 *
 *   without_a_jvm LIBRARY VERSION
 *
 * LIBRARY is its absolute path, and VERSION the text that it must report. Prints a line `ok - …` or `not ok - …` for
 * each check, and ends with status 0 if each is ok.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <jni.h>
#include <jvmti.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { LOCAL = 1, GUEST = 7, PORT = 5000, UNUSED_PORT = 5001, OTHER_PORT = 5002 };

static int failures;

static void check(int holds, const char *what) {
    printf("%s - %s\n", holds ? "ok" : "not ok", what);
    failures += !holds;
}

static void check_number(long expected, long actual, const char *what) {
    check(expected == actual, what);
    if (expected != actual)
        printf("    expected: %ld\n    actual:   %ld\n", expected, actual);
}

static void check_text(const char *expected, const char *actual, const char *what) {
    int same = actual != NULL && strcmp(expected, actual) == 0;
    check(same, what);
    if (!same)
        printf("    expected: %s\n    actual:   %s\n", expected, actual == NULL ? "NULL" : actual);
}

/* ---- the JVM: an array is its length and its elements, a string is its characters, anything else is its name ---- */

typedef struct {
    jsize length;
    union {
        jbyte bytes[16];
        jint ints[2];
        jlong longs[1];
    } elements;
} array;

static const char *exported;
static jint jvmti_environments;

/* The library calls a function of JNI that this JVM does not have. */
static void missing(void) {
    printf("not ok - the library calls a function that without_a_jvm.c does not have\n");
    fflush(NULL);
    _exit(1);
}

static jclass find_class(JNIEnv *env, const char *name) {
    (void) env;
    return (jclass) (uintptr_t) name;
}

static jmethodID find_method(JNIEnv *env, jclass type, const char *name, const char *descriptor) {
    (void) env; (void) type; (void) descriptor;
    return (jmethodID) (uintptr_t) name;
}

static jfieldID find_field(JNIEnv *env, jclass type, const char *name, const char *descriptor) {
    (void) env; (void) type; (void) descriptor;
    return (jfieldID) (uintptr_t) name;
}

static jobject call_object_method(JNIEnv *env, jobject object, jmethodID method, ...) {
    (void) env; (void) object;
    return (jobject) method;
}

static jobject same_reference(JNIEnv *env, jobject object) {
    (void) env;
    return object;
}

static void drop_reference(JNIEnv *env, jobject object) {
    (void) env; (void) object;
}

static jint enough_capacity(JNIEnv *env, jint references) {
    (void) env; (void) references;
    return JNI_OK;
}

static jboolean no_exception(JNIEnv *env) {
    (void) env;
    return JNI_FALSE;
}

static void clear_exception(JNIEnv *env) {
    (void) env;
}

static jint throw_new(JNIEnv *env, jclass type, const char *message) {
    (void) env;
    printf("not ok - %s: %s\n", (const char *) type, message);
    failures++;
    return 0;
}

static jstring new_string(JNIEnv *env, const char *characters) {
    (void) env;
    return (jstring) (characters == NULL ? NULL : strdup(characters));
}

static const char *get_characters(JNIEnv *env, jstring text, jboolean *is_copy) {
    (void) env; (void) is_copy;
    return (const char *) text;
}

static void release_characters(JNIEnv *env, jstring text, const char *characters) {
    (void) env; (void) text; (void) characters;
}

static jsize string_length(JNIEnv *env, jstring text) {
    (void) env;
    return (jsize) strlen((const char *) text);
}

static void get_string_region(JNIEnv *env, jstring text, jsize start, jsize length, char *to) {
    (void) env;
    memcpy(to, (const char *) text + start, (size_t) length);
}

static jsize array_length(JNIEnv *env, jarray elements) {
    (void) env;
    return ((array *) elements)->length;
}

static void *get_elements(JNIEnv *env, jarray elements, jboolean *is_copy) {
    (void) env; (void) is_copy;
    return &((array *) elements)->elements;
}

static void release_elements(JNIEnv *env, jarray elements, void *from, jint mode) {
    (void) env; (void) elements; (void) from; (void) mode;
}

static void set_ints(JNIEnv *env, jintArray elements, jsize start, jsize length, const jint *from) {
    (void) env;
    memcpy(((array *) elements)->elements.ints + start, from, (size_t) length * sizeof *from);
}

static void set_longs(JNIEnv *env, jlongArray elements, jsize start, jsize length, const jlong *from) {
    (void) env;
    memcpy(((array *) elements)->elements.longs + start, from, (size_t) length * sizeof *from);
}

static jvmtiError add_module_exports(jvmtiEnv *env, jobject module, const char *package, jobject to) {
    (void) env; (void) module; (void) to;
    exported = package;
    return JVMTI_ERROR_NONE;
}

static jvmtiError dispose_environment(jvmtiEnv *env) {
    (void) env;
    jvmti_environments--;
    return JVMTI_ERROR_NONE;
}

static struct JNINativeInterface_ jni;
static JNIEnv jni_environment = &jni;
static JNIEnv *const env = &jni_environment;
static struct jvmtiInterface_1_ jvmti;
static jvmtiEnv jvmti_environment = &jvmti;

static jint get_env(JavaVM *vm, void **result, jint version) {
    (void) vm;
    if (version == JNI_VERSION_10) {
        *result = env;
    } else {
        *result = &jvmti_environment;
        jvmti_environments++;
    }
    return JNI_OK;
}

static struct JNIInvokeInterface_ invocation = { .GetEnv = get_env };
static JavaVM jvm = &invocation;

static void make_the_jvm(void) {
    for (size_t i = 0; i < sizeof jni / sizeof(void *); i++)
        ((void **) &jni)[i] = (void *) missing;
    for (size_t i = 0; i < sizeof jvmti / sizeof(void *); i++)
        ((void **) &jvmti)[i] = (void *) missing;
    jni.FindClass = find_class;
    jni.GetMethodID = jni.GetStaticMethodID = find_method;
    jni.GetFieldID = jni.GetStaticFieldID = find_field;
    jni.CallObjectMethod = call_object_method;
    jni.EnsureLocalCapacity = enough_capacity;
    jni.NewGlobalRef = same_reference;
    jni.DeleteGlobalRef = jni.DeleteLocalRef = drop_reference;
    jni.ExceptionCheck = no_exception;
    jni.ExceptionClear = clear_exception;
    jni.ThrowNew = throw_new;
    jni.NewStringUTF = new_string;
    jni.GetStringUTFChars = get_characters;
    jni.ReleaseStringUTFChars = release_characters;
    jni.GetStringLength = jni.GetStringUTFLength = string_length;
    jni.GetStringUTFRegion = get_string_region;
    jni.GetArrayLength = array_length;
    jni.GetPrimitiveArrayCritical = get_elements;
    jni.ReleasePrimitiveArrayCritical = release_elements;
    jni.SetIntArrayRegion = set_ints;
    jni.SetLongArrayRegion = set_longs;
    jvmti.AddModuleExports = add_module_exports;
    jvmti.DisposeEnvironment = dispose_environment;
}

/* ---- the native methods that are called, by name and parameters ---- */

#define NATIVES(EACH) \
    EACH(jint, useNamespace, jstring) \
    EACH(jint, useNetworks, jstring) \
    EACH(jint, constant, jstring) \
    EACH(jstring, errorText, jint) \
    EACH(jboolean, hasMember, jstring, jstring, jstring) \
    EACH(jint, socket, jint, jint) \
    EACH(jint, bind, jint, jint, jint, jint) \
    EACH(jint, listen, jint, jint) \
    EACH(jint, connect, jint, jint, jint, jint, jint) \
    EACH(jint, pollConnect, jint) \
    EACH(jint, poll, jint, jint, jint) \
    EACH(jint, accept, jint, jintArray) \
    EACH(jint, localEndpoint, jint, jintArray) \
    EACH(jint, remoteEndpoint, jint, jintArray) \
    EACH(jint, shutdown, jint, jint) \
    EACH(jint, close, jint) \
    EACH(jint, receive, jint, jlong, jint, jint) \
    EACH(jint, send, jint, jlong, jint, jint) \
    EACH(jint, receiveIntoArray, jint, jbyteArray, jint, jint) \
    EACH(jint, sendFromArray, jint, jbyteArray, jint, jint) \
    EACH(jlong, receiveVector, jint, jlong, jint, jint) \
    EACH(jlong, sendVector, jint, jlong, jint, jint) \
    EACH(jint, available, jint) \
    EACH(jint, sendRecord, jint, jlong, jint, jboolean) \
    EACH(jboolean, hasEnded, jint) \
    EACH(jint, receiveFrom, jint, jlong, jint, jintArray, jint, jint) \
    EACH(jint, sendTo, jint, jlong, jint, jint, jint, jint) \
    EACH(jint, setInt, jint, jint, jint, jint) \
    EACH(jint, getInt, jint, jint, jint, jlongArray) \
    EACH(jint, setMicros, jint, jint, jint, jlong) \
    EACH(jint, getMicros, jint, jint, jint, jlongArray) \
    EACH(jint, configureBlocking, jint, jboolean) \
    EACH(jint, duplicate, jint) \
    EACH(jint, closeOnExec, jint) \
    EACH(jint, openNull) \
    EACH(jint, hangUp, jint, jboolean) \
    EACH(jint, currentThread) \
    EACH(jint, signal, jint) \
    EACH(jint, refuseEmulated, jint) \
    EACH(jint, isTakenEmulated, jint, jint, jint, jint, jint, jint) \
    EACH(void, endEmulated, jint, jboolean)

#define DECLARE(type, name, ...) static type (*native_##name)(JNIEnv *, jclass, ##__VA_ARGS__);
#define FIND(type, name, ...) native_##name = find("Java_io_niovsock_internal_natives_Natives_" #name);
#define CALL(name, ...) native_##name(env, NULL, ##__VA_ARGS__)

NATIVES(DECLARE)

static void *library;

static void *find(const char *symbol) {
    void *found = dlsym(library, symbol);
    if (found == NULL) {
        printf("not ok - the library has no %s\n", symbol);
        exit(1);
    }
    return found;
}

/* ---- checks ---- */

static jlong address_of(const void *bytes) {
    return (jlong) (intptr_t) bytes;
}

static void check_endpoint(jint cid, jint port, const array *endpoint, const char *what) {
    check_number(cid, endpoint->elements.ints[0], what);
    check_number(port, endpoint->elements.ints[1], what);
}

static void loads(const char *path, const char *version) {
    library = dlopen(path, RTLD_NOW);
    check(library != NULL, "the library is loaded");
    if (library == NULL) {
        printf("    %s\n", dlerror());
        exit(1);
    }
    jint (*on_load)(JavaVM *, void *) = find("JNI_OnLoad");
    check_number(JNI_VERSION_10, on_load(&jvm, NULL), "JNI_OnLoad accepts the JVM");
    check_text("sun.nio.ch", exported, "it exports the package of the selectors");
    check_number(0, jvmti_environments, "it disposes of the JVM TI environment");
    jstring (*version_of)(JNIEnv *, jclass) = find("Java_io_niovsock_internal_natives_NativeLibrary_version");
    check_text(version, (const char *) version_of(env, NULL), "the version is that of the classes");
    NATIVES(FIND)
}

static void has_names_and_texts(void) {
    char namespace[64];
    snprintf(namespace, sizeof namespace, "without-a-jvm-%ld", (long) getpid());
    check_number(0, CALL(useNamespace, (jstring) namespace), "a namespace is accepted");
    check_number(EMSGSIZE, CALL(constant, (jstring) "EMSGSIZE"), "a constant has its value");
    check(CALL(hasMember, (jstring) "T", (jstring) "m", (jstring) "()V"), "a member is found");
    check_text("Connection refused", (char *) CALL(errorText, ECONNREFUSED), "the text of ECONNREFUSED");
    check_text("Broken pipe", (char *) CALL(errorText, EPIPE), "the text of EPIPE");
    const char *unknown = (const char *) CALL(errorText, 99999);
    check(unknown != NULL && unknown[0] != 0, "a number that is no error has a text");
}

static jint bound(jint type, jint cid, jint port) {
    jint fd = CALL(socket, AF_UNIX, type);
    check(fd >= 0, "a socket is created");
    check_number(0, CALL(bind, fd, AF_UNIX, cid, port), "it is bound");
    return fd;
}

/* Connects a client to a new listener; returns the listener, and in ends[] the client's end and the accepted one. */
static jint connected(jint type, jint ends[2]) {
    array endpoint = { .length = 2 };
    jint listener = bound(type, LOCAL, PORT);
    check_number(0, CALL(listen, listener, 5), "it listens");
    ends[0] = bound(type, GUEST, OTHER_PORT);
    check_number(0, CALL(connect, ends[0], AF_UNIX, LOCAL, PORT, 0), "a client connects");
    check_number(1, CALL(pollConnect, ends[0]), "the connect is finished");
    ends[1] = CALL(accept, listener, (jintArray) &endpoint);
    check(ends[1] >= 0, "the client is accepted");
    check_endpoint(GUEST, OTHER_PORT, &endpoint, "from the endpoint that it is bound to");
    check_number(0, CALL(localEndpoint, ends[1], (jintArray) &endpoint), "the accepted end has an endpoint");
    check_endpoint(LOCAL, PORT, &endpoint, "which is that of the listener");
    check_number(0, CALL(remoteEndpoint, ends[0], (jintArray) &endpoint), "the client's peer has an endpoint");
    check_endpoint(LOCAL, PORT, &endpoint, "which is that of the listener");
    return listener;
}

static void close_all(jint listener, const jint ends[2]) {
    CALL(endEmulated, listener, JNI_FALSE);
    check_number(0, CALL(close, ends[0]) | CALL(close, ends[1]) | CALL(close, listener), "all are closed");
}

static void carries_a_stream(void) {
    jint ends[2];
    jint listener = connected(SOCK_STREAM, ends);
    char to[16] = "";
    check_number(5, CALL(send, ends[0], address_of("hello"), 5, 0), "bytes are sent");
    check_number(5, CALL(available, ends[1]), "they are available");
    check_number(5, CALL(receive, ends[1], address_of(to), sizeof to, 0), "they are received");
    check_text("hello", to, "the same bytes");
    check_number(-EAGAIN, CALL(receive, ends[1], address_of(to), sizeof to, MSG_DONTWAIT), "there are no others");

    array from = { .length = 16, .elements.bytes = "0123456789abcdef" };
    array into = { .length = 16 };
    check_number(6, CALL(sendFromArray, ends[1], (jbyteArray) &from, 10, 6), "a part of an array is sent");
    check_number(-EFAULT, CALL(sendFromArray, ends[1], (jbyteArray) &from, 10, 7), "no byte beyond the array is");
    check_number(6, CALL(receiveIntoArray, ends[0], (jbyteArray) &into, 0, 16), "it is received into another");
    check(memcmp(into.elements.bytes, "abcdef", 6) == 0, "the same bytes");

    struct iovec parts[] = { { "one ", 4 }, { "two", 4 } };
    struct iovec places[] = { { to, 3 }, { to + 3, 13 } };
    check_number(8, CALL(sendVector, ends[0], address_of(parts), 2, 0), "a vector is sent");
    check_number(8, CALL(receiveVector, ends[1], address_of(places), 2, 0), "and received");
    check_text("one two", to, "the same bytes");

    check_number(0, CALL(poll, ends[1], POLLIN, 0), "nothing can be read");
    check_number(0, CALL(shutdown, ends[0], SHUT_WR), "one direction is shut down");
    check_number(1, CALL(poll, ends[1], POLLIN, 0), "the end can");
    check_number(0, CALL(receive, ends[1], address_of(to), sizeof to, 0), "the peer sees the end");
    check_number(2, CALL(send, ends[1], address_of("ok"), 2, 0), "the other direction stays");
    check_number(ends[1], CALL(hangUp, ends[1], JNI_TRUE), "a number is re-pointed at a marker");
    check(CALL(receive, ends[1], address_of(to), sizeof to, 0) < 0, "which is no socket");
    close_all(listener, ends);
}

static void carries_records(void) {
    jint ends[2];
    jint listener = connected(SOCK_SEQPACKET, ends);
    char to[16] = "";
    check_number(3, CALL(sendRecord, ends[0], address_of("one"), 3, JNI_TRUE), "a record is sent");
    check_number(5, CALL(sendRecord, ends[0], address_of("three"), 5, JNI_FALSE), "another, without waiting");
    check_number(3, CALL(receive, ends[1], address_of(to), sizeof to, 0), "the first is received");
    check(!CALL(hasEnded, ends[1]), "the stream of records goes on");
    check_number(5, CALL(receive, ends[1], address_of(to), sizeof to, 0), "then the other");
    check_text("three", to, "the same bytes");
    check_number(0, CALL(shutdown, ends[0], SHUT_WR), "one direction is shut down");
    check(CALL(hasEnded, ends[1]), "the stream of records has ended");
    close_all(listener, ends);
}

static void carries_datagrams(void) {
    array sender = { .length = 2 };
    char to[16] = "";
    jint one = bound(SOCK_DGRAM, LOCAL, PORT);
    jint other = bound(SOCK_DGRAM, GUEST, OTHER_PORT);
    check_number(4, CALL(sendTo, one, address_of("ping"), 4, AF_UNIX, GUEST, OTHER_PORT), "a datagram is sent");
    check_number(4, CALL(receiveFrom, other, address_of(to), sizeof to, (jintArray) &sender, -1, -1), "and received");
    check_text("ping", to, "the same bytes");
    check_endpoint(LOCAL, PORT, &sender, "from the endpoint of its sender");
    check_number(0, CALL(close, one) | CALL(close, other), "both are closed");
}

static void sets_options(void) {
    array value = { .length = 1 };
    jint fd = CALL(socket, AF_UNIX, SOCK_STREAM);
    check_number(0, CALL(setMicros, fd, SOL_SOCKET, SO_RCVTIMEO, 2500000), "a time is set");
    check_number(0, CALL(getMicros, fd, SOL_SOCKET, SO_RCVTIMEO, (jlongArray) &value), "and read");
    check(labs(value.elements.longs[0] - 2500000) < 20000, "the same time, in ticks of the kernel");
    check_number(0, CALL(setInt, fd, SOL_SOCKET, SO_SNDBUF, 65536), "a number is set");
    check_number(0, CALL(getInt, fd, SOL_SOCKET, SO_SNDBUF, (jlongArray) &value), "and read");
    check_number(131072, value.elements.longs[0], "which Linux doubles");
    check_number(-ENOPROTOOPT, CALL(setInt, fd, SOL_SOCKET, 9999, 1), "an option that does not exist is refused");
    check_number(0, CALL(configureBlocking, fd, JNI_FALSE), "the mode is set");
    jint copy = CALL(duplicate, fd);
    jint null = CALL(openNull);
    check(copy > 2 && null > 2 && CALL(closeOnExec, copy) == 0, "descriptors are duplicated and opened");
    check_number(0, CALL(close, fd) | CALL(close, copy) | CALL(close, null), "all are closed");
    check_number(-EBADF, CALL(close, copy), "none twice");
}

static void refuses_a_connect(void) {
    jint fd = CALL(socket, AF_UNIX, SOCK_STREAM);
    check_number(-ECONNREFUSED, CALL(connect, fd, AF_UNIX, LOCAL, UNUSED_PORT, 0), "a port without a listener refuses");
    check_number(-EINPROGRESS, CALL(refuseEmulated, fd), "the connect is made to look pending");
    check_number(-ECONNRESET, CALL(pollConnect, fd), "and then refused");
    jint listener = bound(SOCK_STREAM, LOCAL, PORT);
    check_number(1, CALL(isTakenEmulated, fd, AF_UNIX, GUEST, AF_UNIX, LOCAL, PORT),
                 "a port of another CID is known to be taken");
    check_number(0, CALL(isTakenEmulated, fd, AF_UNIX, GUEST, AF_UNIX, LOCAL, UNUSED_PORT), "a free one is not");
    check_number(0, CALL(close, fd) | CALL(close, listener), "both are closed");
}

/* The same endpoint in two networks, and in none. */
static void has_networks(void) {
    enum { FIRST = AF_UNIX | 1 << 16, LAST = (int) (AF_UNIX | 65535u << 16) };
    char name[64];
    snprintf(name, sizeof name, "networks-%ld", (long) getpid());
    check_number(0, CALL(useNetworks, (jstring) name), "a name for networks is accepted");
    array endpoint = { .length = 2 };
    jint listener = bound(SOCK_STREAM, GUEST, PORT);
    jint first = CALL(socket, AF_UNIX, SOCK_STREAM), last = CALL(socket, AF_UNIX, SOCK_STREAM);
    check_number(0, CALL(bind, first, FIRST, GUEST, PORT), "a socket in a network is bound to the same endpoint");
    check_number(0, CALL(listen, first, 5), "it listens");
    check_number(-ECONNREFUSED, CALL(connect, last, LAST, GUEST, PORT, 0), "another network does not reach it");
    check_number(0, CALL(connect, last, FIRST, GUEST, PORT, 0), "its own does");
    check_number(0, CALL(remoteEndpoint, last, (jintArray) &endpoint), "there is an endpoint");
    check_endpoint(GUEST, PORT, &endpoint, "which is the listener's");
    check(CALL(isTakenEmulated, last, FIRST, LOCAL, FIRST, GUEST, PORT), "the port is taken in its network");
    check(!CALL(isTakenEmulated, last, LAST, LOCAL, LAST, GUEST, PORT), "it is free in the other");
    check_number(0, CALL(close, listener) | CALL(close, first) | CALL(close, last), "all are closed");
}

static volatile jint accepting_thread;

static void *accept_for_ever(void *listener) {
    array endpoint = { .length = 2 };
    accepting_thread = CALL(currentThread);
    return (void *) (intptr_t) CALL(accept, *(jint *) listener, (jintArray) &endpoint);
}

/* A signal that comes before the thread is in the call is lost, so it is sent until the thread has left. */
static void wakes_a_thread(void) {
    jint listener = bound(SOCK_STREAM, LOCAL, PORT);
    pthread_t thread;
    void *result;
    check_number(0, CALL(listen, listener, 5), "it listens");
    check_number(0, pthread_create(&thread, NULL, accept_for_ever, &listener), "another thread accepts");
    while (accepting_thread == 0)
        usleep(1000);
    while (pthread_tryjoin_np(thread, &result) == EBUSY) {
        CALL(signal, accepting_thread);
        usleep(1000);
    }
    check_number(-EINTR, (long) (intptr_t) result, "a signal ends its call");
    check_number(0, CALL(close, listener), "it is closed");
}

static void unloads(void) {
    void (*on_unload)(JavaVM *, void *) = find("JNI_OnUnload");
    on_unload(&jvm, NULL);
    check_number(0, dlclose(library), "the library is unloaded");
}

int main(int count, char **arguments) {
    if (count != 3) {
        printf("usage: without_a_jvm LIBRARY VERSION\n");
        return 2;
    }
    make_the_jvm();
    loads(arguments[1], arguments[2]);
    has_names_and_texts();
    carries_a_stream();
    carries_records();
    carries_datagrams();
    sets_options();
    refuses_a_connect();
    has_networks();
    wakes_a_thread();
    unloads();
    return failures != 0;
}
