// SPDX-License-Identifier: Apache-2.0
/*
 * A library to preload. As soon as a socket is bound to a file, a link to the file REPLACEMENT takes its place: a
 * symbolic one, or with REPLACE_BY=hard a hard one. Another program with access to the folder could do the same.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int bind(int fd, const struct sockaddr *address, socklen_t length) {
    static int (*next)(int, const struct sockaddr *, socklen_t);
    if (next == NULL)
        *(void **) &next = dlsym(RTLD_NEXT, "bind");
    int result = next(fd, address, length);
    const char *path = ((const struct sockaddr_un *) address)->sun_path;
    const char *replacement = getenv("REPLACEMENT"), *by = getenv("REPLACE_BY");
    if (result == 0 && address->sa_family == AF_UNIX && path[0] == '/' && replacement != NULL && by != NULL) {
        unlink(path);
        if ((strcmp(by, "hard") == 0 ? link(replacement, path) : symlink(replacement, path)) < 0)
            abort();
    }
    return result;
}
