// SPDX-License-Identifier: Apache-2.0
/*
 * A library to preload. While the file exists that FAILING_CALLS names, system calls on sockets fail, and so does every
 * duplication of a descriptor.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int are_failing(void) {
    const char *file = getenv("FAILING_CALLS");
    return file != NULL && access(file, F_OK) == 0;
}

#define FAIL(error) (errno = (error), -1)

/* The function that this one replaces. */
#define NEXT(name, ...) \
    static int (*next)(__VA_ARGS__); \
    if (next == NULL) \
        *(void **) &next = dlsym(RTLD_NEXT, name)

int shutdown(int fd, int how) {
    NEXT("shutdown", int, int);
    return are_failing() ? FAIL(ENOBUFS) : next(fd, how);
}

int getsockname(int fd, struct sockaddr *address, socklen_t *length) {
    NEXT("getsockname", int, struct sockaddr *, socklen_t *);
    return are_failing() ? FAIL(ENOBUFS) : next(fd, address, length);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
    NEXT("setsockopt", int, int, int, const void *, socklen_t);
    return are_failing() ? FAIL(ENOBUFS) : next(fd, level, name, value, length);
}

int pipe2(int ends[2], int flags) {
    NEXT("pipe2", int *, int);
    return are_failing() ? FAIL(EMFILE) : next(ends, flags);
}

int dup3(int from, int to, int flags) {
    NEXT("dup3", int, int, int);
    return are_failing() ? FAIL(EBADF) : next(from, to, flags);
}

/* The number is released nevertheless, as Linux does whatever it reports. */
int close(int fd) {
    NEXT("close", int);
    int type, is_socket = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &(socklen_t) { sizeof type }) == 0;
    int result = next(fd);
    return result == 0 && is_socket && are_failing() ? FAIL(EIO) : result;
}
