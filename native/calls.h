// SPDX-License-Identifier: Apache-2.0
/*
 * recvfrom(2) and sendto(2) without the C library, whose functions are cancellation points. This library cancels no
 * thread, and in a process with several threads a cancellation point costs 10 to 15 ns a call. A sanitizer checks only
 * the C library's functions. MSG_NOSIGNAL: a closed peer is an error, not a SIGPIPE.
 */
#ifndef NIOVSOCK_CALLS_H
#define NIOVSOCK_CALLS_H

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline ssize_t receive_from(int fd, void *to, size_t length, int flags, struct sockaddr *from,
                                   socklen_t *from_length) {
#ifdef __SANITIZE_ADDRESS__
    return recvfrom(fd, to, length, flags, from, from_length);
#else
    return syscall(SYS_recvfrom, fd, to, length, flags, from, from_length);
#endif
}

static inline ssize_t send_to(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to,
                              socklen_t to_length) {
#ifdef __SANITIZE_ADDRESS__
    return sendto(fd, bytes, length, flags | MSG_NOSIGNAL, to, to_length);
#else
    return syscall(SYS_sendto, fd, bytes, length, flags | MSG_NOSIGNAL, to, to_length);
#endif
}

#endif
