// SPDX-License-Identifier: Apache-2.0
/*
 * Makes up for differences between AF_UNIX and the kernel's vsock: how connections end, how a connect is refused, and
 * which ports can be bound.
 */
#include "niovsock.h"
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MOST_READS = 1 << 16, /* of a peer that continues to send and cannot be stopped */
    MOST_EMPTY = 64 /* records without a byte; the end of the stream looks the same */
};

static int has_records(int fd) {
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

/* Returns false if the socket is not connected. A listener is not. */
static int take_what_is_unread(int fd) {
    char unread[16384];
    int empty = 0;
    for (int i = 0; i < MOST_READS && empty < MOST_EMPTY; i++) {
        ssize_t taken = recv(fd, unread, sizeof unread, MSG_DONTWAIT);
        if (taken < 0)
            return i > 0 || (errno != EINVAL && errno != ENOTCONN);
        if (taken == 0 && !has_records(fd))
            return 1; /* the end of the stream */
        empty += taken == 0;
    }
    return 1;
}

/*
 * Called before a connection or a listener is closed. AF_UNIX would reset the peer if bytes are left unread, and the
 * clients that wait to be accepted; vsock ends their streams. A shutdown keeps more bytes from arriving meanwhile, but
 * it would wake a selector that knows the socket, and a close must not. In that case, bytes that arrive in the last
 * moment cause a reset. Only the process that has created the socket calls this: a process that shares the socket could
 * not use it any more.
 */
NATIVE(void, endEmulated)(JNIEnv *env, jclass type_, jint fd, jboolean selected) {
    (void) env; (void) type_;
    if (!selected)
        shutdown(fd, SHUT_RDWR);
    if (take_what_is_unread(fd))
        return;
    int on = 1;
    ioctl(fd, FIONBIO, &on); /* so that accept never waits */
    int waiting;
    while ((waiting = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        shutdown(waiting, SHUT_RDWR);
        take_what_is_unread(waiting);
        close(waiting);
    }
}

/*
 * Makes a refused connect look pending. AF_UNIX refuses within the call, but vsock refuses later, by POLLERR and
 * SO_ERROR. A listener that is closed with a waiting client has that effect on the client. Returns -EINPROGRESS, or
 * -ECONNRESET if that is not possible.
 */
NATIVE(jint, refuseEmulated)(JNIEnv *env, jclass type_, jint fd) {
    (void) env; (void) type_;
    int type = 0;
    socklen_t length = sizeof type;
    endpoint_address address = { .any.sa_family = AF_UNIX };
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0)
        return -errno;
    int listener = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return -ECONNRESET;
    length = sizeof address.any.sa_family; /* the kernel chooses a name */
    int result = bind(listener, &address.any, length);
    length = sizeof address;
    if (result == 0 && listen(listener, 1) == 0 && getsockname(listener, &address.any, &length) == 0)
        result = connect(fd, &address.any, length);
    else
        result = -1;
    close(listener);
    return result < 0 ? -ECONNRESET : -EINPROGRESS;
}

/* Tries to bind another socket to the name, for a moment. Returns 1 if it is taken, 0 if it is free, or -errno. */
static int is_taken(int type, int family, uint32_t cid, uint32_t port) {
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    endpoint_address address;
    socklen_t length = endpoint_encode(&address, family, cid, port, 0);
    int result = RESULT(bind(fd, &address.any, length));
    close(fd);
    return result == -EADDRINUSE ? 1 : result;
}

/*
 * Whether a socket has the port under another name that is the same for vsock: streams and records share their ports,
 * and a socket at any CID has the port at the other CID, too. Returns 1, 0, or -errno if that cannot be found out.
 */
NATIVE(jint, isTakenEmulated)(JNIEnv *env, jclass type_, jint fd, jint family, jint cid, jint otherFamily,
                              jint otherCid, jint port) {
    (void) env; (void) type_;
    int type = 0;
    socklen_t length = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0)
        return -errno;
    uint32_t mine = (uint32_t) cid, other = (uint32_t) otherCid, number = (uint32_t) port;
    int result = mine == other ? 0 : is_taken(type, otherFamily, other, number);
    if (type == SOCK_DGRAM)
        return result;
    int twin = type == SOCK_STREAM ? SOCK_SEQPACKET : SOCK_STREAM;
    if (result == 0)
        result = is_taken(twin, family, mine, number);
    if (result == 0 && mine != other)
        result = is_taken(twin, otherFamily, other, number);
    return result;
}

/* Whether the thread may bind a port below 1024: by CAP_NET_BIND_SERVICE. */
NATIVE(jboolean, mayBindPrivilegedPort)(JNIEnv *env, jclass type_) {
    (void) env; (void) type_;
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
    return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & (1u << CAP_NET_BIND_SERVICE)) != 0;
}
