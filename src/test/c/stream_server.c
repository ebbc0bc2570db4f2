// SPDX-License-Identifier: Apache-2.0
/* examples/StreamServer.java in C, with the kernel's interface only. */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

#define BUFFER_SIZE 32768

static long check(long result, const char *call) {
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

static void await_input(int fd) {
    struct pollfd poller = { .fd = fd, .events = POLLIN };
    check(poll(&poller, 1, -1), "poll");
}

static uint64_t buffer_size(int fd) {
    uint64_t size = 0;
    socklen_t length = sizeof size;
    check(getsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size, &length), "getsockopt");
    return size;
}

static unsigned local_cid(void) {
    unsigned cid = 0;
    int fd = (int) check(open("/dev/vsock", O_RDONLY), "/dev/vsock");
    check(ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid), "ioctl");
    close(fd);
    return cid;
}

int main(void) {
    struct sockaddr_vm where = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = VMADDR_PORT_ANY }, who;
    socklen_t length = sizeof where;
    uint64_t size = BUFFER_SIZE;
    static char buffer[BUFFER_SIZE];
    unsigned long long received = 0;
    long n;

    setvbuf(stdout, NULL, _IOLBF, 0);
    int listener = (int) check(socket(AF_VSOCK, SOCK_STREAM, 0), "socket");
    check(setsockopt(listener, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size, sizeof size), "setsockopt");
    if (buffer_size(listener) != BUFFER_SIZE) {
        fprintf(stderr, "asked for a buffer of %d bytes, got %llu\n", BUFFER_SIZE, (unsigned long long) buffer_size(listener));
        return 1;
    }
    check(bind(listener, (struct sockaddr *) &where, sizeof where), "bind");
    check(listen(listener, 1), "listen");
    check(getsockname(listener, (struct sockaddr *) &where, &length), "getsockname");
    printf("listening at CID %u, port %u\n", local_cid(), where.svm_port);

    await_input(listener);
    length = sizeof who;
    int client = (int) check(accept(listener, (struct sockaddr *) &who, &length), "accept");
    printf("accepted CID %u, port %u\n", who.svm_cid, who.svm_port);
    printf("buffer size %llu\n", (unsigned long long) buffer_size(client));
    do {
        await_input(client);
        n = check(recv(client, buffer, sizeof buffer, 0), "recv");
        received += (unsigned long long) n;
    } while (n > 0);
    printf("received %llu bytes\n", received);
    return 0;
}
