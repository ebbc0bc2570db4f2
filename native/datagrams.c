// SPDX-License-Identifier: Apache-2.0
/* Datagrams: one call moves one datagram, with the address of its other end. */
#include "niovsock.h"
#include "calls.h"

/* Most datagrams come from the same sender as the one before, whose endpoint is in the array: a call of JNI less. */
NATIVE(jint, receiveFrom)(JNIEnv *env, jclass type_, jint fd, jlong address, jint length, jintArray sender, jint cid,
                          jint port) {
    (void) type_;
    endpoint_address from;
    socklen_t from_length = sizeof from;
    ssize_t received = receive_from(fd, (void *) (intptr_t) address, (size_t) length, 0, &from.any, &from_length);
    if (received < 0)
        return -errno;
    endpoint decoded = endpoint_read(&from, from_length);
    if (decoded.cid != (uint32_t) cid || decoded.port != (uint32_t) port)
        endpoint_store(env, decoded, sender);
    return (jint) received;
}

NATIVE(jint, sendTo)(JNIEnv *env, jclass type_, jint fd, jlong address, jint length, jint family, jint cid, jint port) {
    (void) env; (void) type_;
    endpoint_address to;
    socklen_t to_length = endpoint_encode(&to, family, (uint32_t) cid, (uint32_t) port, 0);
    return (jint) RESULT(send_to(fd, (const void *) (intptr_t) address, (size_t) length, 0, &to.any, to_length));
}
