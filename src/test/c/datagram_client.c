// SPDX-License-Identifier: Apache-2.0
/* examples/DatagramClient.java in C, with the kernel's interface only. */
#include <endian.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#define SIZE 1000
#define PATIENCE_MILLIS 10000

static long check(long result, const char *call) {
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

static int has_input(int fd, int millis) {
    struct pollfd poller = { .fd = fd, .events = POLLIN };
    return check(poll(&poller, 1, millis), "poll") > 0;
}

int main(int count, char **arguments) {
    struct sockaddr_vm here = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = VMADDR_PORT_ANY };
    struct sockaddr_vm server = { .svm_family = AF_VSOCK };
    static char datagram[SIZE];
    unsigned long long datagrams = 0, bytes = 0;

    if (count != 3)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    server.svm_cid = (unsigned) strtoul(arguments[1], NULL, 10);
    server.svm_port = (unsigned) strtoul(arguments[2], NULL, 10);
    int fd = (int) check(socket(AF_VSOCK, SOCK_DGRAM, 0), "socket");
    check(bind(fd, (struct sockaddr *) &here, sizeof here), "bind");
    printf("sending to CID %u, port %u\n", server.svm_cid, server.svm_port);
    do {
        uint64_t answer = 0;
        check(sendto(fd, datagram, SIZE, 0, (struct sockaddr *) &server, sizeof server), "sendto");
        datagrams++;
        bytes += SIZE;
        if (!has_input(fd, PATIENCE_MILLIS)) {
            fprintf(stderr, "no answer within %d ms\n", PATIENCE_MILLIS);
            return 1;
        }
        check(recv(fd, &answer, sizeof answer, 0), "recv");
        if (be64toh(answer) != bytes) {
            fprintf(stderr, "%llu bytes were sent, and %llu received\n", bytes, (unsigned long long) be64toh(answer));
            return 1;
        }
    } while (!has_input(STDIN_FILENO, 0));
    check(sendto(fd, datagram, 0, 0, (struct sockaddr *) &server, sizeof server), "sendto");
    printf("sent %llu datagrams, %llu bytes\n", datagrams, bytes);
    return 0;
}
