// SPDX-License-Identifier: Apache-2.0
/*
 * reference - runs a benchmark with plain system calls, as the reference for the other implementations.
 *
 * Usage: reference unix|vsock|tcp BENCHMARK PARAM WARM_UP_MILLIS ITERATION_MILLIS FILE
 *
 * The benchmark "device" is none: it plays a device of hybrid vsock at the socket FILE until its standard input ends.
 *
 * Prints "ready" when it is warm, and then, for each line on its standard input, the result of one iteration. Both ends
 * of a connection are in this process, as with the implementations in Java. If it cannot run, it prints
 * "cannot: REASON".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

enum { BUFFER = 64 << 10, PARTS = 16, DATAGRAM = 512, BURST = 8, BACKLOG = 1024, PER_LISTENER = 64 };

typedef union {
    struct sockaddr any;
    struct sockaddr_un un;
    struct sockaddr_vm vm;
    struct sockaddr_in in;
} address;

static int family;
static int type = SOCK_STREAM;
static int param;
static double iteration_seconds;
static const char *file;

static void cannot(const char *what) {
    printf("cannot: %s: %s\n", what, strerror(errno));
    exit(0);
}

/* Checks a call whose failure ends the benchmark. */
#define TRY(call) ({ __typeof__(call) result_ = (call); if (result_ < 0) cannot(#call); result_; })

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

static pthread_t start_thread(void *(*body)(void *), void *argument) {
    pthread_t thread;
    if ((errno = pthread_create(&thread, NULL, body, argument)) != 0)
        cannot("pthread_create");
    return thread;
}

/* ---- sockets ---- */

static socklen_t new_address(address *a) {
    static int count;
    memset(a, 0, sizeof *a);
    a->any.sa_family = (sa_family_t) family;
    if (family == AF_UNIX)
        return (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 1
            + (size_t) sprintf(a->un.sun_path + 1, "niovsock-bench/%d/%d", getpid(), count++));
    if (family == AF_VSOCK) {
        a->vm.svm_cid = VMADDR_CID_LOCAL;
        a->vm.svm_port = VMADDR_PORT_ANY;
        return sizeof a->vm;
    }
    a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return sizeof a->in;
}

static void no_delay(int fd) {
    int on = 1;
    if (family == AF_INET)
        TRY(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

static address where;
static socklen_t where_length;

static int listener(void) {
    int fd = TRY(socket(family, type | SOCK_CLOEXEC, 0));
    where_length = new_address(&where);
    TRY(bind(fd, &where.any, where_length));
    where_length = sizeof where;
    TRY(getsockname(fd, &where.any, &where_length));
    TRY(listen(fd, BACKLOG));
    return fd;
}

/* pair[0] was connected, pair[1] accepted. */
static void connected_pair(int listening, int pair[2]) {
    pair[0] = TRY(socket(family, type | SOCK_CLOEXEC, 0));
    TRY(connect(pair[0], &where.any, where_length));
    pair[1] = TRY(accept4(listening, NULL, NULL, SOCK_CLOEXEC));
    no_delay(pair[0]);
    no_delay(pair[1]);
}

static int pair[2]; /* of the benchmarks with one connection */

/* ---- the benchmarks: a function prepares each, and another runs it for an iteration and returns the result ---- */

static void *echo(void *unused) {
    char byte;
    while (recv(pair[1], &byte, 1, 0) == 1)
        TRY(send(pair[1], &byte, 1, MSG_NOSIGNAL));
    return unused;
}

static void pingpong_prepare(void) {
    connected_pair(listener(), pair);
    start_thread(echo, NULL);
}

static void trip(void) {
    char byte = 0;
    TRY(send(pair[0], &byte, 1, MSG_NOSIGNAL));
    TRY(recv(pair[0], &byte, 1, 0));
}

/* Microseconds for a round trip. */
static double pingpong(double seconds) {
    long trips = 0;
    double start = now(), end;
    do {
        trip();
        trips++;
    } while ((end = now()) - start < seconds);
    return (end - start) / (double) trips * 1e6;
}

/* At the start of a page, as in Java: the place in a page changes copies by 4 %. */
static char out_buffer[BUFFER] __attribute__((aligned(4096))), in_buffer[BUFFER] __attribute__((aligned(4096)));
static long received; /* total; accessed by atomics */

static void *swallow(void *unused) {
    ssize_t n;
    while ((n = recv(pair[1], in_buffer, BUFFER, 0)) > 0)
        __atomic_add_fetch(&received, n, __ATOMIC_RELEASE);
    return unused;
}

static void throughput_prepare(void) {
    connected_pair(listener(), pair);
    start_thread(swallow, NULL);
}

static double mebibytes_per_second(long bytes, double seconds) {
    return (double) bytes / seconds / (1 << 20);
}

static double throughput(double seconds) {
    long bytes = 0;
    double start = now(), end;
    do
        bytes += TRY(send(pair[0], out_buffer, BUFFER, MSG_NOSIGNAL));
    while ((end = now()) - start < seconds);
    return mebibytes_per_second(bytes, end - start);
}

static double gather(double seconds) {
    struct iovec parts[PARTS];
    for (int i = 0; i < PARTS; i++)
        parts[i] = (struct iovec) { out_buffer + i * (BUFFER / PARTS), BUFFER / PARTS };
    long bytes = 0;
    double start = now(), end;
    do
        bytes += TRY(writev(pair[0], parts, PARTS)); /* whole: the descriptor is blocking */
    while ((end = now()) - start < seconds);
    return mebibytes_per_second(bytes, end - start);
}

static void call_prepare(void) {
    connected_pair(listener(), pair);
}

static void records_prepare(void) {
    type = SOCK_SEQPACKET;
    call_prepare();
}

/* Microseconds to write `param` bytes, and to read them by the same thread. */
static double call(double seconds) {
    long trips = 0;
    double start = now(), end;
    do {
        TRY(send(pair[0], out_buffer, (size_t) param, MSG_NOSIGNAL));
        TRY(recv(pair[1], in_buffer, (size_t) param, MSG_WAITALL));
        trips++;
    } while ((end = now()) - start < seconds);
    return (end - start) / (double) trips * 1e6;
}

/*
 * `param` channels are registered. The first `active` of them are written to. The others are connected but never
 * accepted, so they take one descriptor, not two.
 */
static int active, polling, *clients;

static void *serve(void *unused) {
    struct epoll_event events[1024];
    for (;;) {
        int n = epoll_wait(polling, events, 1024, -1);
        for (int i = 0; i < n; i++) {
            char byte;
            if (recv(events[i].data.fd, &byte, 1, 0) == 1)
                TRY(send(events[i].data.fd, &byte, 1, MSG_NOSIGNAL));
        }
    }
    return unused;
}

static void select_prepare_active(int how_many) {
    active = how_many;
    polling = TRY(epoll_create1(EPOLL_CLOEXEC));
    clients = calloc((size_t) param, sizeof *clients);
    int listening = listener();
    for (int i = 0; i < param; i++) {
        int both[2];
        if (i < active) {
            connected_pair(listening, both);
            clients[i] = both[0];
        } else {
            if ((i - active) % PER_LISTENER == 0)
                listener();
            both[1] = TRY(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
            TRY(connect(both[1], &where.any, where_length));
        }
        TRY(fcntl(both[1], F_SETFL, O_NONBLOCK));
        struct epoll_event event = { .events = EPOLLIN, .data.fd = both[1] };
        TRY(epoll_ctl(polling, EPOLL_CTL_ADD, both[1], &event));
    }
    start_thread(serve, NULL);
}

static void select_prepare(void) {
    select_prepare_active(1);
}

static void select_active_prepare(void) {
    select_prepare_active(param);
}

static void selected_trip(void) {
    char byte = 0;
    for (int i = 0; i < active; i++)
        TRY(send(clients[i], &byte, 1, MSG_NOSIGNAL));
    for (int i = 0; i < active; i++)
        TRY(recv(clients[i], &byte, 1, 0));
}

/* Microseconds for a round trip. */
static double selected(double seconds) {
    long trips = 0;
    double start = now(), end;
    do {
        selected_trip();
        trips += active;
    } while ((end = now()) - start < seconds);
    return (end - start) / (double) trips * 1e6;
}

/* The slowest of many trips, as Tail.java has it. */
enum { TRIPS = 20000, WRITTEN = 64 << 10 };

static int measuring; /* accessed by atomics */

static void *write_memory(void *unused) {
    static char memory[8 << 20];
    const struct timespec millisecond = { 0, 1000000 };
    for (size_t at = 0; __atomic_load_n(&measuring, __ATOMIC_ACQUIRE); at = (at + WRITTEN) % sizeof memory) {
        memset(memory + at, (int) at, WRITTEN);
        nanosleep(&millisecond, NULL);
    }
    return unused;
}

static int by_number(const void *one, const void *other) {
    double difference = *(const double *) one - *(const double *) other;
    return (difference > 0) - (difference < 0);
}

/* Microseconds within which `param` of 1,000 trips end. */
static double tail_of(void (*make)(void), int busy) {
    static double seconds[TRIPS];
    __atomic_store_n(&measuring, 1, __ATOMIC_RELEASE);
    pthread_t writer = busy ? start_thread(write_memory, NULL) : pthread_self();
    for (int i = 0; i < TRIPS; i++) {
        double start = now();
        make();
        seconds[i] = now() - start;
    }
    __atomic_store_n(&measuring, 0, __ATOMIC_RELEASE);
    if (busy)
        pthread_join(writer, NULL);
    qsort(seconds, TRIPS, sizeof *seconds, by_number);
    return seconds[(long) TRIPS * param / 1000 - 1] * 1e6;
}

static double tail(double unused) {
    (void) unused;
    return tail_of(trip, 0);
}

static double busy_tail(double unused) {
    (void) unused;
    return tail_of(trip, 1);
}

static double selected_tail(double unused) {
    (void) unused;
    return tail_of(selected_trip, 0);
}

static double busy_selected_tail(double unused) {
    (void) unused;
    return tail_of(selected_trip, 1);
}

static void selected_tail_prepare(void) {
    int permille = param;
    param = 10;
    select_prepare_active(1);
    param = permille;
}

static int listening;

static void connect_prepare(void) {
    listening = listener();
}

/* Connections a second. */
static double connects(double seconds) {
    struct linger at_once = { 1, 0 }; /* TCP would run out of ports */
    long count = 0;
    double start = now(), end;
    do {
        int both[2];
        connected_pair(listening, both);
        if (family == AF_INET)
            TRY(setsockopt(both[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
        close(both[0]);
        close(both[1]);
        count++;
    } while ((end = now()) - start < seconds);
    return (double) count / (end - start);
}

/*
 * A device of hybrid vsock, and a guest behind it, in a process of its own. It serves one connection after the other. A
 * connection that ends without a request is a connect alone.
 */
enum { ECHO = 1, SWALLOW = 2, LONGEST_LINE = 32 };

static const char *device_file;

static int device_listener(const char *path) {
    int fd = TRY(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    memset(&where, 0, sizeof where);
    where.un.sun_family = AF_UNIX;
    snprintf(where.un.sun_path, sizeof where.un.sun_path, "%s", path);
    where_length = sizeof where.un;
    device_file = path;
    TRY(bind(fd, &where.any, where_length));
    TRY(listen(fd, BACKLOG));
    return fd;
}

static void *end_with_input(void *unused) {
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) { }
    unlink(device_file);
    exit(0);
    return unused;
}

static void serve_host(int host) {
    char line[LONGEST_LINE + 1];
    ssize_t n = recv(host, line, LONGEST_LINE, 0);
    if (n <= 0)
        return;
    line[n] = '\0';
    int port = 0;
    if (sscanf(line, "CONNECT %d\n", &port) != 1)
        return;
    int length = snprintf(line, sizeof line, "OK %d\n", 1 << 30);
    TRY(send(host, line, (size_t) length, MSG_NOSIGNAL));
    while ((n = recv(host, in_buffer, BUFFER, 0)) > 0)
        if (port == ECHO)
            TRY(send(host, in_buffer, (size_t) n, MSG_NOSIGNAL));
}

static void play_device(int device) {
    start_thread(end_with_input, NULL);
    for (;;) {
        int host = TRY(accept4(device, NULL, NULL, SOCK_CLOEXEC));
        serve_host(host);
        close(host);
    }
}

/* The process of the device ends when this one does: its standard input is a pipe from here. */
static void device_prepare(void) {
    static char path[sizeof where.un.sun_path];
    int input[2];
    snprintf(path, sizeof path, "/tmp/bench-%d.sock", getpid());
    int device = device_listener(path);
    TRY(pipe2(input, O_CLOEXEC));
    if (TRY(fork()) == 0) {
        TRY(dup2(input[0], STDIN_FILENO));
        close(input[1]);
        play_device(device);
    }
    close(device);
    close(input[0]);
}

static void handshake(int fd, int port) {
    char line[LONGEST_LINE];
    int length = snprintf(line, sizeof line, "CONNECT %d\n", port);
    TRY(send(fd, line, (size_t) length, MSG_NOSIGNAL));
    if (TRY(recv(fd, line, sizeof line, 0)) < 3 || memcmp(line, "OK ", 3) != 0) {
        errno = EPROTO;
        cannot("handshake");
    }
}

/* Microseconds for a connect, with the handshake if `param` is not 0, and a close. */
static double connects_to_device(double seconds) {
    long count = 0;
    double start = now(), end;
    do {
        int fd = TRY(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        TRY(connect(fd, &where.any, where_length));
        if (param)
            handshake(fd, ECHO);
        close(fd);
        count++;
    } while ((end = now()) - start < seconds);
    return (end - start) / (double) count * 1e6;
}

static void guest_prepare(int port) {
    device_prepare();
    pair[0] = TRY(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    TRY(connect(pair[0], &where.any, where_length));
    handshake(pair[0], port);
}

static void echo_prepare(void) {
    guest_prepare(ECHO);
}

static void swallow_prepare(void) {
    guest_prepare(SWALLOW);
}

static int source;
static off_t source_size;

static void transfer_prepare(void) {
    struct stat status;
    source = TRY(open(file, O_RDONLY | O_CLOEXEC));
    TRY(fstat(source, &status));
    source_size = status.st_size;
    throughput_prepare();
}

static void await_received(long total) {
    while (__atomic_load_n(&received, __ATOMIC_ACQUIRE) < total)
        sched_yield();
}

/* The whole file, until it has arrived. */
static double transfer(double unused) {
    (void) unused;
    long total = __atomic_load_n(&received, __ATOMIC_ACQUIRE) + source_size;
    double start = now();
    off_t position = 0;
    while (position < source_size)
        TRY(sendfile(pair[0], source, &position, (size_t) (source_size - position)));
    await_received(total);
    return mebibytes_per_second(source_size, now() - start);
}

static double transfer_copy(double unused) {
    (void) unused;
    long total = __atomic_load_n(&received, __ATOMIC_ACQUIRE) + source_size;
    double start = now();
    off_t position = 0;
    while (position < source_size) {
        ssize_t n = TRY(pread(source, out_buffer, BUFFER, position));
        TRY(send(pair[0], out_buffer, (size_t) n, MSG_NOSIGNAL)); /* whole: the descriptor is blocking */
        position += n;
    }
    await_received(total);
    return mebibytes_per_second(source_size, now() - start);
}

static int sender, receiver;

static void datagrams_prepare(void) {
    sender = TRY(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    receiver = TRY(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    for (int i = 0; i < 2; i++) {
        where_length = new_address(&where);
        if (family == AF_VSOCK)
            where.vm.svm_cid = VMADDR_CID_ANY;
        TRY(bind(i == 0 ? sender : receiver, &where.any, where_length));
    }
    TRY(getsockname(receiver, &where.any, &where_length));
    if (family == AF_VSOCK)
        where.vm.svm_cid = VMADDR_CID_HOST; /* VMCI: datagrams to this address return to this machine */
}

/* Datagrams a second, each sent and received with the address of its other end. */
static double datagrams(double seconds) {
    long count = 0;
    double start = now(), end;
    do {
        for (int i = 0; i < BURST; i++)
            TRY(sendto(sender, out_buffer, DATAGRAM, 0, &where.any, where_length));
        for (int i = 0; i < BURST; i++) {
            address from;
            socklen_t from_length = sizeof from;
            TRY(recvfrom(receiver, in_buffer, BUFFER, 0, &from.any, &from_length));
        }
        count += BURST;
    } while ((end = now()) - start < seconds);
    return (double) count / (end - start);
}

static const struct { const char *name; void (*prepare)(void); double (*run)(double seconds); } benchmarks[] = {
    { "pingpong", pingpong_prepare, pingpong },
    { "pingpong-heap", pingpong_prepare, pingpong },
    { "pingpong-virtual", pingpong_prepare, pingpong },
    { "call-direct", call_prepare, call },
    { "call-heap", call_prepare, call },
    { "records", records_prepare, call },
    { "throughput-direct", throughput_prepare, throughput },
    { "throughput-heap", throughput_prepare, throughput },
    { "throughput-gather", throughput_prepare, gather },
    { "select", select_prepare, selected },
    { "select-active", select_active_prepare, selected },
    { "tail", pingpong_prepare, tail },
    { "tail-busy", pingpong_prepare, busy_tail },
    { "tail-select", selected_tail_prepare, selected_tail },
    { "tail-select-busy", selected_tail_prepare, busy_selected_tail },
    { "connect", connect_prepare, connects },
    { "connect-hybrid", device_prepare, connects_to_device },
    { "pingpong-hybrid", echo_prepare, pingpong },
    { "throughput-hybrid", swallow_prepare, throughput },
    { "transfer", transfer_prepare, transfer },
    { "transfer-copy", transfer_prepare, transfer_copy },
    { "datagrams", datagrams_prepare, datagrams },
};

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc != 7) {
        fprintf(stderr, "usage: reference unix|vsock|tcp BENCHMARK PARAM WARM_UP_MILLIS ITERATION_MILLIS FILE\n");
        return 2;
    }
    family = strcmp(argv[1], "unix") == 0 ? AF_UNIX : strcmp(argv[1], "vsock") == 0 ? AF_VSOCK : AF_INET;
    if (family == AF_VSOCK && access("/run/testvm/modules", F_OK) != 0) {
        fprintf(stderr, "reference: the kernel's vsock is used in testvm/ only\n");
        return 2;
    }
    param = atoi(argv[3]);
    double warm_up_seconds = atoi(argv[4]) / 1e3;
    iteration_seconds = atoi(argv[5]) / 1e3;
    file = argv[6];
    if (strcmp(argv[2], "device") == 0) {
        int device = device_listener(file);
        puts("ready");
        play_device(device);
    }
    for (size_t i = 0; i < sizeof benchmarks / sizeof *benchmarks; i++) {
        if (strcmp(benchmarks[i].name, argv[2]) != 0)
            continue;
        memset(out_buffer, 1, BUFFER); /* unwritten memory is one page of zeroes, which caches best */
        benchmarks[i].prepare();
        for (double start = now(); now() - start < warm_up_seconds; )
            benchmarks[i].run(iteration_seconds);
        puts("ready");
        while (getchar() == '\n')
            printf("%.6g\n", benchmarks[i].run(iteration_seconds));
        return 0;
    }
    errno = ENOSYS;
    cannot(argv[2]);
}
