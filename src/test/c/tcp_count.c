// SPDX-License-Identifier: Apache-2.0
/*
 * tcp_count - prints the port of a TCP listener on loopback, accepts one connection, reads it to its end, and then
 * sends how many bytes came, as a line.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRY(call) ({ __typeof__(call) result_ = (call); if (result_ < 0) { perror(#call); exit(1); } result_; })

int main(void) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int listener = TRY(socket(AF_INET, SOCK_STREAM, 0));
    TRY(bind(listener, (struct sockaddr *) &address, length));
    TRY(listen(listener, 1));
    TRY(getsockname(listener, (struct sockaddr *) &address, &length));
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    int peer = TRY(accept(listener, NULL, NULL));
    char buffer[1 << 16];
    long bytes = 0;
    for (ssize_t n; (n = TRY(read(peer, buffer, sizeof buffer))) > 0;)
        bytes += n;
    TRY(dprintf(peer, "%ld\n", bytes));
    return 0;
}
