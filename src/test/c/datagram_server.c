// SPDX-License-Identifier: Apache-2.0
/* examples/DatagramServer.java in C, with the kernel's interface only. */
#include <endian.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>

static long check(long result, const char *call) {
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

int main(void) {
    struct sockaddr_vm where = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = VMADDR_PORT_ANY }, sender;
    socklen_t length = sizeof where;
    static char buffer[65536];
    unsigned long long datagrams = 0, bytes = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    int fd = (int) check(socket(AF_VSOCK, SOCK_DGRAM, 0), "socket");
    check(bind(fd, (struct sockaddr *) &where, sizeof where), "bind");
    check(getsockname(fd, (struct sockaddr *) &where, &length), "getsockname");
    printf("listening at CID %u, port %u\n", where.svm_cid, where.svm_port);
    for (;;) {
        struct pollfd poller = { .fd = fd, .events = POLLIN };
        check(poll(&poller, 1, -1), "poll");
        length = sizeof sender;
        long n = check(recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *) &sender, &length), "recvfrom");
        if (n == 0)
            break;
        datagrams++;
        bytes += (unsigned long long) n;
        uint64_t answer = htobe64(bytes);
        check(sendto(fd, &answer, sizeof answer, 0, (struct sockaddr *) &sender, sizeof sender), "sendto");
    }
    printf("received %llu datagrams, %llu bytes\n", datagrams, bytes);
    return 0;
}
