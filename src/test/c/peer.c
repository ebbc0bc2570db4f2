// SPDX-License-Identifier: Apache-2.0
/*
 * The other end of a connection over the kernel's vsock, for tests between a guest and its host. It shares no code with
 * the library, so that an error that both sides of the library share cannot hide.
 *
 *   peer PORT    listens on any CID, for streams at PORT and for records (SOCK_SEQPACKET) at PORT + 1
 *
 * Each connection starts with one command, a line (or a record) of at most 255 bytes:
 *
 *   take [BYTES]       receives BYTES bytes, or until the end; answers with `BYTES DIGEST PIECES`
 *   give BYTES         sends BYTES bytes, then `BYTES DIGEST PIECES`
 *   leave BYTES        sends BYTES bytes and closes the connection
 *   half-close         shuts its output down, receives one byte, and closes the connection
 *   call CID PORT ...  connects to that endpoint, and executes the rest of the line there
 *   dial CID PORT      connects to that endpoint; answers with `connected`, or the error and its number
 *   die-taking BYTES   receives BYTES bytes, then kills its own process
 *   die-giving BYTES   sends BYTES bytes, then kills its own process
 *   off-taking BYTES   receives BYTES bytes, then powers the machine off
 *   off-giving BYTES   sends BYTES bytes, then powers the machine off
 *   end                ends the peer
 *   (nothing)          does nothing
 *
 * The digest covers pieces: chunks of 64 KiB and a rest of a stream, or each record. It is FNV-1a in little-endian
 * words of 64 bits. The last word of a piece is padded with zeros, and the length of the piece follows it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

enum { CHUNK = 64 * 1024, COMMAND = 256, BACKLOG = 1024 };

typedef struct {
    uint64_t bytes, digest, pieces;
} tally;

static int type; /* SOCK_STREAM or SOCK_SEQPACKET */

static long check(long result, const char *call) {
    if (result < 0) {
        fprintf(stderr, "peer: %s: %s\n", call, strerror(errno));
        exit(1);
    }
    return result;
}

static struct sockaddr_vm endpoint(unsigned cid, unsigned port) {
    return (struct sockaddr_vm) { .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port };
}

static void add(tally *sum, const char *piece, size_t length) {
    uint64_t digest = sum->digest, word;
    size_t at = 0;
    for (; at + 8 <= length; at += 8) {
        memcpy(&word, piece + at, 8);
        digest = (digest ^ word) * 0x100000001b3;
    }
    word = 0;
    memcpy(&word, piece + at, length - at);
    if (at < length)
        digest = (digest ^ word) * 0x100000001b3;
    sum->digest = (digest ^ length) * 0x100000001b3;
    sum->bytes += length;
    sum->pieces++;
}

static int told(const tally *sum, char *line) {
    return sprintf(line, "%" PRIu64 " %016" PRIx64 " %" PRIu64 "\n", sum->bytes, sum->digest, sum->pieces);
}

/* Reads one piece: a record, or the requested length of a stream, and less only at its end. */
static size_t receive(int fd, char *piece, size_t length) {
    size_t have = 0;
    do {
        ssize_t n = recv(fd, piece + have, length - have, 0);
        if (n < 0 && errno == EINTR)
            continue;
        check(n, "recv");
        if (n == 0)
            break;
        have += (size_t) n;
    } while (type == SOCK_STREAM && have < length);
    return have;
}

static void send_all(int fd, const char *piece, size_t length) {
    for (size_t done = 0; done < length; )
        done += (size_t) check(send(fd, piece + done, length - done, MSG_NOSIGNAL), "send");
}

static tally take(int fd, uint64_t limit) {
    static char piece[CHUNK];
    tally sum = { 0, 0xcbf29ce484222325, 0 };
    while (sum.bytes < limit) {
        size_t want = limit - sum.bytes < CHUNK ? (size_t) (limit - sum.bytes) : CHUNK;
        size_t got = receive(fd, piece, want);
        if (got == 0)
            break;
        add(&sum, piece, got);
    }
    return sum;
}

/* Pseudo-random bytes with a period of 2^64 - 1 words. Records have every size from 1 to 64 KiB. */
static tally give(int fd, uint64_t bytes) {
    static char piece[CHUNK];
    static uint64_t random = 88172645463325252;
    tally sum = { 0, 0xcbf29ce484222325, 0 };
    while (sum.bytes < bytes) {
        for (size_t at = 0; at < CHUNK; at += 8) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            memcpy(piece + at, &random, 8);
        }
        size_t length = type == SOCK_STREAM ? CHUNK : random % CHUNK + 1;
        if (length > bytes - sum.bytes)
            length = (size_t) (bytes - sum.bytes);
        send_all(fd, piece, length);
        add(&sum, piece, length);
    }
    return sum;
}

static void await_end(int fd) {
    char nothing;
    while (recv(fd, &nothing, 1, 0) > 0) { }
}

static int dialled(struct sockaddr_vm there, char *line) {
    int other = (int) check(socket(AF_VSOCK, type, 0), "socket");
    int refused = connect(other, (struct sockaddr *) &there, sizeof there) < 0;
    int length = refused ? sprintf(line, "%s (%d)\n", strerror(errno), errno) : sprintf(line, "connected\n");
    close(other);
    return length;
}

static void obey(int fd, const char *command) {
    char line[COMMAND];
    unsigned cid, port;
    uint64_t bytes = UINT64_MAX;
    int at = 0;
    if (strcmp(command, "take") == 0 || sscanf(command, "take %" SCNu64, &bytes) == 1) {
        tally sum = take(fd, bytes);
        send_all(fd, line, (size_t) told(&sum, line));
    } else if (sscanf(command, "give %" SCNu64, &bytes) == 1) {
        tally sum = give(fd, bytes);
        send_all(fd, line, (size_t) told(&sum, line));
        await_end(fd);
    } else if (sscanf(command, "leave %" SCNu64, &bytes) == 1) {
        give(fd, bytes);
    } else if (strcmp(command, "half-close") == 0) {
        check(shutdown(fd, SHUT_WR), "shutdown");
        take(fd, 1);
    } else if (sscanf(command, "call %u %u %n", &cid, &port, &at) == 2) {
        struct sockaddr_vm there = endpoint(cid, port);
        int other = (int) check(socket(AF_VSOCK, type, 0), "socket");
        check(connect(other, (struct sockaddr *) &there, sizeof there), "connect");
        obey(other, command + at);
        close(other);
    } else if (sscanf(command, "dial %u %u", &cid, &port) == 2) {
        send_all(fd, line, (size_t) dialled(endpoint(cid, port), line));
    } else if (sscanf(command, "die-taking %" SCNu64, &bytes) == 1) {
        take(fd, bytes);
        kill(getpid(), SIGKILL);
    } else if (sscanf(command, "die-giving %" SCNu64, &bytes) == 1) {
        give(fd, bytes);
        kill(getpid(), SIGKILL);
    } else if (sscanf(command, "off-taking %" SCNu64, &bytes) == 1) {
        take(fd, bytes);
        check(reboot(RB_POWER_OFF), "reboot");
    } else if (sscanf(command, "off-giving %" SCNu64, &bytes) == 1) {
        give(fd, bytes);
        check(reboot(RB_POWER_OFF), "reboot");
    } else if (strcmp(command, "end") == 0) {
        kill(0, SIGTERM); /* all of the peer */
    } else if (*command != 0) {
        fprintf(stderr, "peer: no such command: %s\n", command);
        exit(1);
    }
}

/* Reads byte by byte, so that the bytes after the line stay in the socket. */
static void read_command(int fd, char *command) {
    size_t have = 0;
    do {
        size_t room = type == SOCK_STREAM ? 1 : COMMAND - 1;
        size_t got = receive(fd, command + have, room);
        have += got;
        if (got == 0)
            break;
    } while (command[have - 1] != '\n' && have < COMMAND - 1);
    command[have == 0 ? 0 : have - 1] = 0;
}

static void serve(int of_type, unsigned port) {
    type = of_type;
    struct sockaddr_vm here = endpoint(VMADDR_CID_ANY, port);
    int listener = (int) check(socket(AF_VSOCK, type, 0), "socket");
    check(bind(listener, (struct sockaddr *) &here, sizeof here), "bind");
    check(listen(listener, BACKLOG), "listen");
    printf("peer: listening for %s at port %u\n", type == SOCK_STREAM ? "streams" : "records", port);
    fflush(stdout);
    for (;;) {
        int fd = (int) check(accept(listener, NULL, NULL), "accept");
        if (check(fork(), "fork") == 0) {
            char command[COMMAND];
            close(listener);
            read_command(fd, command);
            obey(fd, command);
            exit(0);
        }
        close(fd);
    }
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: peer PORT\n");
        return 2;
    }
    unsigned port = (unsigned) strtoul(arguments[1], NULL, 10);
    setpgid(0, 0);
    signal(SIGCHLD, SIG_IGN);
    if (check(fork(), "fork") == 0)
        serve(SOCK_SEQPACKET, port + 1);
    serve(SOCK_STREAM, port);
}
