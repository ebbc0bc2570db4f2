// SPDX-License-Identifier: Apache-2.0
/* C's constants by name, so that Java does not repeat their values. */
#include "niovsock.h"
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>

#ifndef SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD
#define SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD SO_VM_SOCKETS_CONNECT_TIMEOUT
#endif
#ifndef VMADDR_FLAG_TO_HOST
#define VMADDR_FLAG_TO_HOST 1 /* linux/vm_sockets.h of kernel 5.11 */
#endif

#define CONSTANT(name) { #name, name }

static const struct { const char *name; int value; } constants[] = {
    CONSTANT(AF_UNIX), CONSTANT(AF_VSOCK),
    CONSTANT(SOCK_STREAM), CONSTANT(SOCK_SEQPACKET), CONSTANT(SOCK_DGRAM), CONSTANT(SOCK_NONBLOCK),
    CONSTANT(SHUT_RD), CONSTANT(SHUT_WR), CONSTANT(SHUT_RDWR), CONSTANT(MSG_DONTWAIT), CONSTANT(MSG_TRUNC),
    CONSTANT(POLLIN), CONSTANT(POLLOUT), { "IOV_MAX", UIO_MAXIOV },
    { "UNIX_PATH_MAX", sizeof ((struct sockaddr_un *) 0)->sun_path - 1 },
    CONSTANT(SOL_SOCKET), CONSTANT(SO_ERROR), CONSTANT(SO_SNDBUF), CONSTANT(SO_RCVBUF),
    CONSTANT(SO_DOMAIN), CONSTANT(SO_TYPE),
    CONSTANT(SO_VM_SOCKETS_BUFFER_SIZE), CONSTANT(SO_VM_SOCKETS_BUFFER_MIN_SIZE),
    CONSTANT(SO_VM_SOCKETS_BUFFER_MAX_SIZE), CONSTANT(SO_VM_SOCKETS_PEER_HOST_VM_ID),
    CONSTANT(SO_VM_SOCKETS_TRUSTED), CONSTANT(SO_VM_SOCKETS_NONBLOCK_TXRX),
    { "SO_VM_SOCKETS_CONNECT_TIMEOUT", SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD },
    CONSTANT(VMADDR_FLAG_TO_HOST),
    CONSTANT(EACCES), CONSTANT(EADDRINUSE), CONSTANT(EADDRNOTAVAIL), CONSTANT(EAFNOSUPPORT), CONSTANT(EAGAIN),
    CONSTANT(EBADF),
    CONSTANT(ECONNABORTED), CONSTANT(ECONNREFUSED), CONSTANT(ECONNRESET), CONSTANT(EHOSTUNREACH), CONSTANT(EINPROGRESS),
    CONSTANT(EINTR), CONSTANT(EINVAL), CONSTANT(EMFILE), CONSTANT(EMSGSIZE), CONSTANT(ENETUNREACH), CONSTANT(ENFILE), CONSTANT(ENODEV), CONSTANT(ENOENT),
    CONSTANT(ENOMEM), CONSTANT(ENOPROTOOPT), CONSTANT(ENOTCONN), CONSTANT(ENOTSOCK), CONSTANT(ENOTTY), CONSTANT(EOPNOTSUPP),
    CONSTANT(EPERM), CONSTANT(EPIPE), CONSTANT(ESOCKTNOSUPPORT), CONSTANT(ETIMEDOUT),
};

/* INT_MIN for a name that is not in the table; the Java side throws an AssertionError for it. */
NATIVE(jint, constant)(JNIEnv *env, jclass type_, jstring name) {
    (void) type_;
    jint value = INT_MIN;
    const char *text = (*env)->GetStringUTFChars(env, name, NULL);
    if (text == NULL)
        return value;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strcmp(constants[i].name, text) == 0)
            value = constants[i].value;
    (*env)->ReleaseStringUTFChars(env, name, text);
    return value;
}
