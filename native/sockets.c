// SPDX-License-Identifier: Apache-2.0
/* Sockets from their creation to their shutdown. transfer.c moves data. */
#include "niovsock.h"
#include <poll.h>
#include <unistd.h>

NATIVE(jint, socket)(JNIEnv *env, jclass type_, jint family, jint type) {
    (void) env; (void) type_;
    return RESULT(socket(family, type | SOCK_CLOEXEC, 0));
}

NATIVE(jint, bind)(JNIEnv *env, jclass type_, jint fd, jint family, jint cid, jint port) {
    (void) env; (void) type_;
    endpoint_address address;
    socklen_t length = endpoint_encode(&address, family, (uint32_t) cid, (uint32_t) port, 0);
    return RESULT(bind(fd, &address.any, length));
}

NATIVE(jint, listen)(JNIEnv *env, jclass type_, jint fd, jint backlog) {
    (void) env; (void) type_;
    return RESULT(listen(fd, backlog));
}

NATIVE(jint, connect)(JNIEnv *env, jclass type_, jint fd, jint family, jint cid, jint port, jint flags) {
    (void) env; (void) type_;
    endpoint_address address;
    socklen_t length = endpoint_encode(&address, family, (uint32_t) cid, (uint32_t) port, (uint8_t) flags);
    return RESULT(connect(fd, &address.any, length));
}

/* 1: connected, 0: still pending, -errno: the attempt failed. */
NATIVE(jint, pollConnect)(JNIEnv *env, jclass type_, jint fd) {
    (void) env; (void) type_;
    struct pollfd poller = { .fd = fd, .events = POLLOUT };
    int ready;
    do {
        ready = poll(&poller, 1, 0);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return ready == 0 ? 0 : -errno;
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return -errno;
    return error == 0 ? 1 : -error;
}

NATIVE(jint, poll)(JNIEnv *env, jclass type_, jint fd, jint event, jint millis) {
    (void) env; (void) type_;
    struct pollfd poller = { .fd = fd, .events = (short) event };
    return RESULT(poll(&poller, 1, millis));
}

NATIVE(jint, accept)(JNIEnv *env, jclass type_, jint fd, jintArray peer) {
    (void) type_;
    endpoint_address address;
    socklen_t length = sizeof address;
    int accepted = accept4(fd, &address.any, &length, SOCK_CLOEXEC);
    if (accepted < 0)
        return -errno;
    endpoint_decode(env, &address, length, peer);
    return accepted;
}

NATIVE(jint, localEndpoint)(JNIEnv *env, jclass type_, jint fd, jintArray out) {
    (void) type_;
    endpoint_address address;
    socklen_t length = sizeof address;
    if (getsockname(fd, &address.any, &length) < 0)
        return -errno;
    endpoint_decode(env, &address, length, out);
    return 0;
}

NATIVE(jint, remoteEndpoint)(JNIEnv *env, jclass type_, jint fd, jintArray out) {
    (void) type_;
    endpoint_address address;
    socklen_t length = sizeof address;
    if (getpeername(fd, &address.any, &length) < 0)
        return -errno;
    endpoint_decode(env, &address, length, out);
    return 0;
}

NATIVE(jint, remoteFlags)(JNIEnv *env, jclass type_, jint fd) {
    (void) env; (void) type_;
    endpoint_address address = { 0 };
    socklen_t length = sizeof address;
    if (getpeername(fd, &address.any, &length) < 0)
        return -errno;
    return address.vm.svm_flags;
}

NATIVE(jint, shutdown)(JNIEnv *env, jclass type_, jint fd, jint how) {
    (void) env; (void) type_;
    return RESULT(shutdown(fd, how));
}
