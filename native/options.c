// SPDX-License-Identifier: Apache-2.0
/* Socket options, by the width of their value. */
#include "niovsock.h"
#include <sys/time.h>

NATIVE(jint, setInt)(JNIEnv *env, jclass type_, jint fd, jint level, jint name, jint value) {
    (void) env; (void) type_;
    int number = value;
    return RESULT(setsockopt(fd, level, name, &number, sizeof number));
}

NATIVE(jint, getInt)(JNIEnv *env, jclass type_, jint fd, jint level, jint name, jlongArray out) {
    (void) type_;
    int number = 0;
    socklen_t length = sizeof number;
    if (getsockopt(fd, level, name, &number, &length) < 0)
        return -errno;
    jlong value = number;
    (*env)->SetLongArrayRegion(env, out, 0, 1, &value);
    return 0;
}

/* The buffer sizes of vm_sockets.h are u64; the kernel refuses 4 bytes with EINVAL. */
NATIVE(jint, setLong)(JNIEnv *env, jclass type_, jint fd, jint level, jint name, jlong value) {
    (void) env; (void) type_;
    uint64_t number = (uint64_t) value;
    return RESULT(setsockopt(fd, level, name, &number, sizeof number));
}

NATIVE(jint, getLong)(JNIEnv *env, jclass type_, jint fd, jint level, jint name, jlongArray out) {
    (void) type_;
    uint64_t number = 0;
    socklen_t length = sizeof number;
    if (getsockopt(fd, level, name, &number, &length) < 0)
        return -errno;
    jlong value = (jlong) number;
    (*env)->SetLongArrayRegion(env, out, 0, 1, &value);
    return 0;
}

NATIVE(jint, setMicros)(JNIEnv *env, jclass type_, jint fd, jint level, jint name, jlong micros) {
    (void) env; (void) type_;
    struct timeval time = { .tv_sec = micros / 1000000, .tv_usec = micros % 1000000 };
    return RESULT(setsockopt(fd, level, name, &time, sizeof time));
}

NATIVE(jint, getMicros)(JNIEnv *env, jclass type_, jint fd, jint level, jint name, jlongArray out) {
    (void) type_;
    struct timeval time = { 0, 0 };
    socklen_t length = sizeof time;
    if (getsockopt(fd, level, name, &time, &length) < 0)
        return -errno;
    jlong micros = (jlong) time.tv_sec * 1000000 + time.tv_usec;
    (*env)->SetLongArrayRegion(env, out, 0, 1, &micros);
    return 0;
}
