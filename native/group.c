// SPDX-License-Identifier: Apache-2.0
/*
 * A group of listening sockets behind one number: an epoll instance, which can itself be polled. It reports a socket
 * with waiting clients as ready as often as it is asked, and the sockets in turn.
 */
#include "niovsock.h"
#include <sys/epoll.h>

enum { MOST_TRIES = 64 }; /* of clients that have given up meanwhile */

/* The data of an entry: the CID of the guest, or VMADDR_CID_ANY for a socket whose peers have endpoints, and the number. */
static uint64_t data_of(uint32_t cid, int fd) {
    return (uint64_t) cid << 32 | (uint32_t) fd;
}

NATIVE(jint, newGroup)(JNIEnv *env, jclass type_) {
    (void) env; (void) type_;
    return RESULT(epoll_create1(EPOLL_CLOEXEC));
}

NATIVE(jint, addToGroup)(JNIEnv *env, jclass type_, jint group, jint fd, jint cid) {
    (void) env; (void) type_;
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = data_of((uint32_t) cid, fd) };
    return RESULT(epoll_ctl(group, EPOLL_CTL_ADD, fd, &event));
}

NATIVE(jint, removeFromGroup)(JNIEnv *env, jclass type_, jint group, jint fd) {
    (void) env; (void) type_;
    return RESULT(epoll_ctl(group, EPOLL_CTL_DEL, fd, NULL));
}

/* The sockets are in non-blocking mode. Stores CID and port of the peer, and whether it is a guest. */
NATIVE(jint, acceptFromGroup)(JNIEnv *env, jclass type_, jint group, jintArray peer) {
    (void) type_;
    for (int i = 0; i < MOST_TRIES; i++) {
        struct epoll_event event;
        int ready = epoll_wait(group, &event, 1, 0);
        if (ready <= 0)
            return ready == 0 ? -EAGAIN : -errno;
        uint32_t cid = (uint32_t) (event.data.u64 >> 32);
        endpoint_address address;
        socklen_t length = sizeof address;
        int accepted = accept4((int) (uint32_t) event.data.u64, &address.any, &length, SOCK_CLOEXEC);
        if (accepted >= 0) {
            jint guest[3] = { (jint) cid, (jint) VMADDR_PORT_ANY, cid != VMADDR_CID_ANY };
            (*env)->SetIntArrayRegion(env, peer, 0, 3, guest);
            if (cid == VMADDR_CID_ANY)
                endpoint_decode(env, &address, length, peer);
            return accepted;
        }
        if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
            return -errno;
    }
    return -EINTR;
}
