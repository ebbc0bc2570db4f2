// SPDX-License-Identifier: Apache-2.0
/*
 * Writes streams in which every byte identifies its place, for a test that kills this process.
 *
 *   tagged TRANSPORT CID PORT FIRST COUNT
 *
 * TRANSPORT is `kernel`, or the prefix of the names of emulated endpoints, such as niovsock. Opens COUNT connections to
 * the endpoint, numbered from FIRST. Until it is killed, it writes little-endian words of 64 bits to each, in pieces of
 * random size. The upper half of a word is the number of the connection, the lower half the index of the word in the
 * stream. The bytes that it reads must be the complement of the same words; otherwise it prints them, and ends with
 * status 3.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

enum { CONNECTIONS = 16, PIECE = 100000 };

typedef struct {
    uint32_t number;
    uint64_t written, read;
} stream;

static long check(long result, const char *call) {
    if (result < 0) {
        fprintf(stderr, "tagged: %s: %s\n", call, strerror(errno));
        exit(1);
    }
    return result;
}

static unsigned char tag(uint32_t number, uint64_t position) {
    uint64_t word = (uint64_t) number << 32 | (uint32_t) (position / 8);
    return (unsigned char) (word >> 8 * (position % 8));
}

static int connect_to(const char *transport, unsigned cid, unsigned port) {
    struct sockaddr_vm vm = { .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port };
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    int length = snprintf(un.sun_path + 1, sizeof un.sun_path - 1, "%s/%u/%u", transport, cid, port);
    int kernel = strcmp(transport, "kernel") == 0;
    int fd = (int) check(socket(kernel ? AF_VSOCK : AF_UNIX, SOCK_STREAM, 0), "socket");
    if (kernel)
        check(connect(fd, (struct sockaddr *) &vm, sizeof vm), "connect");
    else
        check(connect(fd, (struct sockaddr *) &un, (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1 + (size_t) length)), "connect");
    return fd;
}

static void write_some(int fd, stream *to) {
    static unsigned char piece[PIECE];
    size_t length = 1 + (size_t) rand() % (rand() % 4 == 0 ? PIECE : 300);
    for (size_t i = 0; i < length; i++)
        piece[i] = tag(to->number, to->written + i);
    ssize_t n = send(fd, piece, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN)
        check(n, "send");
    to->written += n < 0 ? 0 : (uint64_t) n;
}

static void read_some(int fd, stream *from) {
    static unsigned char piece[PIECE];
    ssize_t n = recv(fd, piece, 1 + (size_t) rand() % PIECE, MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN)
        check(n, "recv");
    for (ssize_t i = 0; i < n; i++)
        if (piece[i] != (unsigned char) ~tag(from->number, from->read + (uint64_t) i)) {
            printf("connection %u: byte %zd of a read of %zd from position %ju is wrong:", from->number, i, n, (uintmax_t) from->read);
            for (ssize_t k = i < 64 ? 0 : i - 64; k < n && k < i + 256; k++)
                printf(" %02x", piece[k]);
            printf("\n");
            exit(3);
        }
    from->read += n < 0 ? 0 : (uint64_t) n;
    if (n == 0)
        exit(0);
}

int main(int count, char **arguments) {
    if (count != 6)
        return 2;
    int connections = atoi(arguments[5]);
    stream streams[CONNECTIONS] = { 0 };
    struct pollfd polled[CONNECTIONS];
    if (connections < 1 || connections > CONNECTIONS)
        return 2;
    srand((unsigned) getpid());
    for (int i = 0; i < connections; i++) {
        streams[i].number = (uint32_t) strtoul(arguments[4], NULL, 10) + (uint32_t) i;
        polled[i].fd = connect_to(arguments[1], (unsigned) strtoul(arguments[2], NULL, 10), (unsigned) strtoul(arguments[3], NULL, 10));
        polled[i].events = POLLIN | POLLOUT;
    }
    for (;;) {
        check(poll(polled, (nfds_t) connections, -1), "poll");
        for (int i = 0; i < connections; i++) {
            if (polled[i].revents & (POLLIN | POLLHUP | POLLERR))
                read_some(polled[i].fd, &streams[i]);
            if (polled[i].revents & POLLOUT)
                write_some(polled[i].fd, &streams[i]);
        }
    }
}
