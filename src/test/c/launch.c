// SPDX-License-Identifier: Apache-2.0
/*
 * Starts a program with open sockets, as inetd and systemd do.
 *
 *   launch TRANSPORT DESCRIPTORS=SOCKET... -- PROGRAM ARGUMENT...
 *
 * TRANSPORT is `kernel`, or the prefix of the names of emulated endpoints, such as niovsock. DESCRIPTORS are numbers
 * separated by commas, such as 0,1,2. SOCKET is one of
 *
 *   listen:TYPE:CID:PORT    a listener; TYPE is stream, records or datagrams
 *   bind:TYPE:CID:PORT      bound only
 *   connect:TYPE:CID:PORT   connected to that endpoint
 *   accept:TYPE:CID:PORT    the first connection to that endpoint; waits for it
 *   vsock:TYPE              a socket of the kernel's vsock, with any TRANSPORT, neither bound nor connected
 *   tcp, udp, unix:PATH     a TCP listener, a bound UDP socket, a listener in the file system
 *   file                    /dev/null
 *
 * LISTEN_PID is set to the program's process ID, unless the environment has it already.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

typedef union {
    struct sockaddr any;
    struct sockaddr_vm vm;
    struct sockaddr_un un;
    struct sockaddr_in in;
} address;

enum { NO_SUCH_SOCKET = 77 };

static const char *emulated; /* the prefix of its names; NULL: the kernel's */

static void fail(const char *what) {
    int status = errno == ENODEV || errno == ESOCKTNOSUPPORT ? NO_SUCH_SOCKET : 1;
    fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
    exit(status);
}

static int check(int result, const char *call) {
    if (result < 0)
        fail(call);
    return result;
}

static int type_of(const char *name) {
    return strcmp(name, "stream") == 0 ? SOCK_STREAM : strcmp(name, "records") == 0 ? SOCK_SEQPACKET : SOCK_DGRAM;
}

static socklen_t named(address *to, unsigned cid, unsigned port) {
    memset(to, 0, sizeof *to);
    if (!emulated) {
        to->vm = (struct sockaddr_vm) { .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port };
        return sizeof to->vm;
    }
    to->un.sun_family = AF_UNIX;
    return (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1
        + (size_t) snprintf(to->un.sun_path + 1, sizeof to->un.sun_path - 1, "%s/%u/%u", emulated, cid, port));
}

static int open_vsock(const char *how, int type, unsigned cid, unsigned port) {
    address here;
    socklen_t length = named(&here, cid, port);
    int fd = check(socket(emulated ? AF_UNIX : AF_VSOCK, type, 0), "socket");
    if (strcmp(how, "connect") == 0) {
        check(connect(fd, &here.any, length), "connect");
        return fd;
    }
    check(bind(fd, &here.any, length), "bind");
    if (strcmp(how, "bind") == 0)
        return fd;
    check(listen(fd, 5), "listen");
    if (strcmp(how, "listen") == 0)
        return fd;
    int accepted = check(accept(fd, NULL, NULL), "accept");
    close(fd);
    return accepted;
}

static int open_internet(int type) {
    address here = { .in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
    int fd = check(socket(AF_INET, type, 0), "socket");
    check(bind(fd, &here.any, sizeof here.in), "bind");
    if (type == SOCK_STREAM)
        check(listen(fd, 5), "listen");
    return fd;
}

static int open_unix(const char *path) {
    address here = { .un = { .sun_family = AF_UNIX } };
    strncpy(here.un.sun_path, path, sizeof here.un.sun_path - 1);
    int fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    check(bind(fd, &here.any, sizeof here.un), "bind");
    check(listen(fd, 5), "listen");
    return fd;
}

static int open_one(const char *text) {
    char how[16], type[16];
    unsigned cid, port;
    if (sscanf(text, "%15[a-z]:%15[a-z]:%u:%u", how, type, &cid, &port) == 4)
        return open_vsock(how, type_of(type), cid, port);
    if (strncmp(text, "vsock:", 6) == 0)
        return check(socket(AF_VSOCK, type_of(text + 6), 0), "socket");
    if (strncmp(text, "unix:", 5) == 0)
        return open_unix(text + 5);
    if (strcmp(text, "file") == 0)
        return check(open("/dev/null", O_RDWR), "open");
    return open_internet(strcmp(text, "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM);
}

int main(int count, char **arguments) {
    int at = 2;
    emulated = count > 1 && strcmp(arguments[1], "kernel") != 0 ? arguments[1] : NULL;
    for (; at < count && strcmp(arguments[at], "--") != 0; at++) {
        char *numbers = arguments[at], *equals = strchr(numbers, '=');
        if (equals == NULL)
            return 2;
        int opened = open_one(equals + 1);
        int fd = check(fcntl(opened, F_DUPFD_CLOEXEC, 100), "fcntl"); /* out of the way of the numbers asked for */
        close(opened);
        for (char *number = numbers; number < equals; number = strpbrk(number, ",=") + 1)
            check(dup2(fd, atoi(number)), "dup2");
    }
    if (at + 1 >= count)
        return 2;
    char pid[16];
    sprintf(pid, "%d", getpid());
    setenv("LISTEN_PID", pid, 0);
    execvp(arguments[at + 1], arguments + at + 1);
    fail(arguments[at + 1]);
}
