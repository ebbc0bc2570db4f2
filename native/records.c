/*
 * Records (SOCK_SEQPACKET), which Linux does not always send whole. A record that its peer's window has no room for goes
 * out in parts, and a send that ends in between, because it must not wait or because of a signal, reports an error while
 * the parts stay sent: the next record then arrives with them in front (measured on 6.1; vsock_connectible_sendmsg is
 * the same in 6.18). So a send that has begun waits for its end here, whatever mode the descriptor is in.
 */
#include "niovsock.h"
#include <poll.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#define MIDDLE_SECONDS 10 /* how long a peer may leave a record half sent by somebody who did not want to wait */

/* All but the one that ends a system call: they have time. */
/* On Linux sigprocmask is of the thread alone; pthread_sigmask is in libc only since glibc 2.32. */
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

/* Its length; -EAGAIN: nothing was sent; -ETIMEDOUT: a part was, and the peer took no more. */
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

/* Whether a receive that gave nothing has met the end of the stream, rather than an empty record. */
NATIVE(jboolean, hasEnded)(JNIEnv *env, jclass type_, jint fd) {
    (void) env; (void) type_;
    struct pollfd end = { .fd = fd, .events = POLLRDHUP };
    int left = 0;
    return poll(&end, 1, 0) != 0 && (ioctl(fd, FIONREAD, &left) < 0 || left == 0);
}
