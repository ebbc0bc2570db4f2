/* Descriptors: their blocking mode, their numbers and their end. */
#include "niovsock.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static jfieldID descriptor_number; /* java.io.FileDescriptor.fd, which the JDK's selectors and sendfile read */

int descriptors_onload(JNIEnv *env) {
    jclass descriptor = (*env)->FindClass(env, "java/io/FileDescriptor");
    if (descriptor == NULL)
        return 0;
    descriptor_number = (*env)->GetFieldID(env, descriptor, "fd", "I");
    return descriptor_number != NULL;
}

NATIVE(void, setDescriptor)(JNIEnv *env, jclass type_, jobject descriptor, jint fd) {
    (void) type_;
    (*env)->SetIntField(env, descriptor, descriptor_number, fd);
}

NATIVE(jint, configureBlocking)(JNIEnv *env, jclass type_, jint fd, jboolean blocking) {
    (void) env; (void) type_;
    int nonblocking = !blocking;
    return RESULT(ioctl(fd, FIONBIO, &nonblocking));
}

/* Re-points the number `to` at what `from` is open on, in one step that no other thread sees half done. */
NATIVE(jint, duplicateOnto)(JNIEnv *env, jclass type_, jint from, jint to) {
    (void) env; (void) type_;
    int result;
    do {
        result = RESULT(dup3(from, to, O_CLOEXEC));
    } while (result == -EBUSY || result == -EINTR); /* EBUSY: another thread is just being given a number */
    return result;
}

/* A socket whose peer is gone: reads end, writes fail, accepts fail, nothing blocks. */
NATIVE(jint, deadDescriptor)(JNIEnv *env, jclass type_) {
    (void) env; (void) type_;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    close(pair[1]);
    return pair[0];
}

/* Not retried on EINTR: Linux has released the number by then, and another thread may own it already. */
NATIVE(jint, close)(JNIEnv *env, jclass type_, jint fd) {
    (void) env; (void) type_;
    return RESULT(close(fd));
}
