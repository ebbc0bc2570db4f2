// SPDX-License-Identifier: Apache-2.0
/* A library to preload. The process may have no Internet sockets, as under systemd's RestrictAddressFamilies. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>

int socket(int family, int type, int protocol) {
    static int (*next)(int, int, int);
    if (next == NULL)
        *(void **) &next = dlsym(RTLD_NEXT, "socket");
    if (family == AF_INET || family == AF_INET6) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return next(family, type, protocol);
}
