// SPDX-License-Identifier: Apache-2.0
/* Descriptors: blocking mode, numbers and close. */
#include "niovsock.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static jfieldID descriptor_number; /* java.io.FileDescriptor.fd, which the JDK's selectors and sendfile read */

/* The marker for numbers that get none of their own, because no descriptor is left. -1: it could not be opened. */
static int shared_marker = -1;

/*
 * A marker descriptor: the reading end of a pipe that has no writer. Every socket call fails on it, even bind(2) and
 * connect(2), and poll(2) reports a hang-up at once.
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

/* Re-points the number `to` at the open file of `from`, atomically. */
static int duplicate_onto(int from, int to) {
    int result;
    do {
        result = RESULT(dup3(from, to, O_CLOEXEC));
    } while (result == -EBUSY || result == -EINTR); /* EBUSY: a race with an open(2) that is about to use the number */
    return result;
}

NATIVE(jint, duplicateOnto)(JNIEnv *env, jclass type_, jint from, jint to) {
    (void) env; (void) type_;
    return duplicate_onto(from, to);
}

/*
 * Re-points a number at a marker, which closes the file that it had. Each number gets a marker of its own: epoll
 * removes an entry (number, open file) only when the file is closed, and the file of a shared marker never is. A poller
 * of the JDK adds a number that it does not know, and the EEXIST of a remaining entry ends that poller. The shared
 * marker is used only if no descriptor is left and the caller allows it.
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
