/* Descriptors: their blocking mode, their numbers and their end. */
#include "niovsock.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static jfieldID descriptor_number; /* java.io.FileDescriptor.fd, which the JDK's selectors and sendfile read */

/* For when there is no descriptor left to open one: the same, shared by all such numbers. -1: none could be had. */
static int shared_marker = -1;

/*
 * A marker descriptor: the reading end of a pipe that has no writer. Whatever is a call of sockets fails on it, a bind and
 * a connect too, and whoever polls it finds a hang-up at once.
 */
static int open_marker(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    close(ends[1]);
    return ends[0];
}

void descriptors_onunload(void) {
    if (shared_marker >= 0)
        close(shared_marker);
    shared_marker = -1;
}

int descriptors_onload(JNIEnv *env) {
    jclass descriptor = (*env)->FindClass(env, "java/io/FileDescriptor");
    if (descriptor == NULL)
        return 0;
    descriptor_number = (*env)->GetFieldID(env, descriptor, "fd", "I");
    if (descriptor_number == NULL)
        return 0;
    shared_marker = open_marker();
    return 1;
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
static int duplicate_onto(int from, int to) {
    int result;
    do {
        result = RESULT(dup3(from, to, O_CLOEXEC));
    } while (result == -EBUSY || result == -EINTR); /* EBUSY: another thread is just being given a number */
    return result;
}

NATIVE(jint, duplicateOnto)(JNIEnv *env, jclass type_, jint from, jint to) {
    (void) env; (void) type_;
    return duplicate_onto(from, to);
}

/*
 * Re-points a number at a marker, by which what it stood for is closed. Each number has a marker of its own: epoll forgets
 * an entry (number, open file) only when the file is closed, and the file of a shared one never is; the JDK's pollers, which
 * add a number that they do not know, end at the EEXIST of such an entry. The shared marker takes over only where no
 * descriptor is left, and only if the caller lets it.
 */
NATIVE(jint, hangUp)(JNIEnv *env, jclass type_, jint fd, jboolean may_share) {
    (void) env; (void) type_;
    int marker = open_marker();
    if (marker < 0)
        return may_share && shared_marker >= 0 ? duplicate_onto(shared_marker, fd) : marker;
    int result = duplicate_onto(marker, fd);
    close(marker);
    return result;
}

/* Not retried on EINTR: Linux has released the number by then, and another thread may own it already. */
NATIVE(jint, close)(JNIEnv *env, jclass type_, jint fd) {
    (void) env; (void) type_;
    return RESULT(close(fd));
}
