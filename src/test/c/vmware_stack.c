// SPDX-License-Identifier: Apache-2.0
/*
 * A library to preload. It simulates the facts that VMware's own stack reports: its /dev/vsock reports another address
 * family than Linux's. A socket of that family is an AF_UNIX socket, so nothing reaches a kernel's vsock.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { FAMILY = 57, CID = 4711, GET_AF_VALUE = 0x7b8, GET_LOCAL_CID = 0x7b9, PEER_HOST_VM_ID = 3, TRUSTED = 5 };

static int device = -1;

int open(const char *path, int flags, ...) {
    static int (*next)(const char *, int, ...);
    if (next == NULL)
        *(void **) &next = dlsym(RTLD_NEXT, "open");
    if (strcmp(path, "/dev/vsock") == 0)
        return device = next("/dev/null", flags);
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    return next(path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...) {
    static int (*next)(int, unsigned long, ...);
    if (next == NULL)
        *(void **) &next = dlsym(RTLD_NEXT, "ioctl");
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (fd == device && (request == GET_AF_VALUE || request == GET_LOCAL_CID)) {
        *(int *) argument = request == GET_AF_VALUE ? FAMILY : CID;
        return 0;
    }
    return next(fd, request, argument);
}

int socket(int family, int type, int protocol) {
    static int (*next)(int, int, int);
    if (next == NULL)
        *(void **) &next = dlsym(RTLD_NEXT, "socket");
    if (family == AF_VSOCK) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return next(family == FAMILY ? AF_UNIX : family, type, protocol);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *length) {
    static int (*next)(int, int, int, void *, socklen_t *);
    if (next == NULL)
        *(void **) &next = dlsym(RTLD_NEXT, "getsockopt");
    if (level == FAMILY && (name == PEER_HOST_VM_ID || name == TRUSTED)) {
        *(int *) value = name == TRUSTED ? 1 : 77;
        return 0;
    }
    return next(fd, level, name, value, length);
}
