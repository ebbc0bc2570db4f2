// SPDX-License-Identifier: Apache-2.0
/*
 * Records (SOCK_SEQPACKET). Linux does not always send a record whole. If the peer's window does not have room for it,
 * the record is sent in parts. If the send ends in between, because it must not wait or because of a signal, it reports
 * an error, but the parts stay sent, and the next record arrives with them in front (measured on 6.1;
 * vsock_connectible_sendmsg is the same in 6.18). So a send that has begun waits for its end here, in either mode of
 * the descriptor.
 */
#include "niovsock.h"
#include <poll.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#define MIDDLE_SECONDS 10 /* how long a non-blocking send may wait for the peer to take the rest of a record */

/*
 * Blocks all signals but the one that ends a system call. On Linux sigprocmask changes the mask of the calling thread
 * only; pthread_sigmask is in libc only since glibc 2.32.
 */
static void block_other_signals(sigset_t *before) {
    sigset_t others;
    sigfillset(&others);
    sigdelset(&others, WAKEUP_SIGNAL);
    sigprocmask(SIG_BLOCK, &others, before);
}

static void limit_send(int fd, long seconds) {
    struct timeval limit = { .tv_sec = seconds, .tv_usec = 0 };
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static jint send_in_blocking_mode(int fd, const void *record, size_t length) {
    int off = 0, on = 1;
    int mode = fcntl(fd, F_GETFL);
    int nonblocking = mode >= 0 && (mode & O_NONBLOCK);
    if (nonblocking)
        ioctl(fd, FIONBIO, &off);
    sigset_t before;
    block_other_signals(&before);
    jint result = (jint) RESULT(send(fd, record, length, MSG_NOSIGNAL));
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (nonblocking)
        ioctl(fd, FIONBIO, &on);
    return result;
}

/* Returns the length; -EAGAIN if nothing was sent; -ETIMEDOUT if a part was sent and the peer took no more. */
NATIVE(jint, sendRecord)(JNIEnv *env, jclass type_, jint fd, jlong address, jint length, jboolean wait) {
    (void) env; (void) type_;
    const void *record = (const void *) (intptr_t) address;
    if (wait)
        return send_in_blocking_mode(fd, record, (size_t) length);
    struct pollfd room = { .fd = fd, .events = POLLOUT };
    if (poll(&room, 1, 0) <= 0)
        return -EAGAIN;
    limit_send(fd, MIDDLE_SECONDS);
    jint result = send_in_blocking_mode(fd, record, (size_t) length);
    limit_send(fd, 0);
    return result == -EAGAIN ? -ETIMEDOUT : result;
}

/* Whether a receive of 0 bytes was the end of the stream, not an empty record. */
NATIVE(jboolean, hasEnded)(JNIEnv *env, jclass type_, jint fd) {
    (void) env; (void) type_;
    struct pollfd end = { .fd = fd, .events = POLLRDHUP };
    int left = 0;
    return poll(&end, 1, 0) != 0 && (ioctl(fd, FIONREAD, &left) < 0 || left == 0);
}
