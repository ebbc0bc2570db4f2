// SPDX-License-Identifier: Apache-2.0
/* examples/StreamClient.java in C, with the kernel's interface only. */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#define CHUNK 4096

static long check(long result, const char *call) {
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

/* A line on standard input, or its end. */
static int stopped(void) {
    struct pollfd poller = { .fd = STDIN_FILENO, .events = POLLIN };
    return check(poll(&poller, 1, 0), "poll") > 0;
}

int main(int count, char **arguments) {
    struct sockaddr_vm server = { .svm_family = AF_VSOCK };
    static char chunk[CHUNK];
    uint64_t size = 0;
    socklen_t length = sizeof size;
    unsigned long long sent = 0;

    if (count != 3)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    server.svm_cid = (unsigned) strtoul(arguments[1], NULL, 10);
    server.svm_port = (unsigned) strtoul(arguments[2], NULL, 10);
    int fd = (int) check(socket(AF_VSOCK, SOCK_STREAM, 0), "socket");
    check(connect(fd, (struct sockaddr *) &server, sizeof server), "connect");
    printf("connected to CID %u, port %u\n", server.svm_cid, server.svm_port);
    check(getsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size, &length), "getsockopt");
    printf("buffer size %llu\n", (unsigned long long) size);
    do {
        sent += (unsigned long long) check(send(fd, chunk, sizeof chunk, MSG_NOSIGNAL), "send");
    } while (!stopped());
    check(shutdown(fd, SHUT_WR), "shutdown");
    printf("sent %llu bytes\n", sent);
    return 0;
}
