// SPDX-License-Identifier: Apache-2.0
/*
 * A library to preload, which counts calls of the C library, and lets one of them fail. FAULTS names a file: a page
 * that this process and the test share. Calls count only if they come from the library under test, or, if the test
 * wants that, from the JDK's libraries of channels; and only if one thread makes them, unless the test wants those of
 * all.
 *
 * A call that fails has no effect. Only close(2) has, since Linux releases the number whatever it reports.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What can fail, in the order of the page's counters. */
#define FUNCTIONS(DO) \
    DO(accept4) DO(bind) DO(close) DO(connect) DO(dup2) DO(dup3) DO(epoll_create1) DO(epoll_ctl) DO(epoll_wait) \
    DO(fcntl) DO(getpeername) DO(getsockname) DO(getsockopt) DO(ioctl) DO(listen) DO(open) DO(pipe2) DO(poll) \
    DO(recv) DO(recvfrom) DO(recvmsg) DO(send) DO(sendfile) DO(sendmsg) DO(sendto) DO(setsockopt) DO(shutdown) \
    DO(socket)

#define ENUMERATOR(name) OF_##name,
enum function { FUNCTIONS(ENUMERATOR) FUNCTION_COUNT, NONE = -1 };

enum { NAME_SIZE = 16, FROM_LIBRARY = 1, FROM_JDK = 2 };

/* Java writes what is above the line, and sets `armed` last. */
struct page {
    int32_t armed;
    int32_t thread; /* 0: all threads */
    int32_t origins; /* FROM_LIBRARY and FROM_JDK */
    int32_t function; /* to fail, or NONE */
    int32_t nth; /* the first call is 1 */
    int32_t lasting; /* whether all later calls fail as well */
    int32_t error;
    /* ---- */
    int32_t failed; /* how many calls have failed */
    int32_t functions; /* FUNCTION_COUNT */
    struct {
        char name[NAME_SIZE];
        int32_t calls;
    } table[FUNCTION_COUNT];
};

static struct page *page; /* NULL: no call fails */

__attribute__((constructor))
static void share_page(void) {
    const char *path = getenv("FAULTS");
    int fd = path == NULL ? -1 : (int) syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    struct page *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (shared == MAP_FAILED)
        return;
#define NAME(function) strncpy(shared->table[OF_##function].name, #function, NAME_SIZE - 1);
    FUNCTIONS(NAME)
    shared->functions = FUNCTION_COUNT;
    page = shared;
}

/* Which library has made a call; 0: none that counts. */
static int origin_of(const void *caller) {
    Dl_info info;
    if (dladdr(caller, &info) == 0 || info.dli_fname == NULL)
        return 0;
    const char *slash = strrchr(info.dli_fname, '/');
    const char *name = slash == NULL ? info.dli_fname : slash + 1;
    return strstr(name, "niovsock") != NULL ? FROM_LIBRARY
        : strcmp(name, "libnio.so") == 0 || strcmp(name, "libnet.so") == 0 ? FROM_JDK : 0;
}

static long current_thread(void);

/* Counts a call. Returns the error with which it fails, or 0. */
static int fault(enum function function, const void *caller) {
    if (page == NULL || !__atomic_load_n(&page->armed, __ATOMIC_ACQUIRE))
        return 0;
    if ((page->thread != 0 && page->thread != current_thread()) || !(origin_of(caller) & page->origins))
        return 0;
    int call = __atomic_add_fetch(&page->table[function].calls, 1, __ATOMIC_SEQ_CST);
    if (page->function != (int32_t) function || (page->lasting ? call < page->nth : call != page->nth))
        return 0;
    __atomic_add_fetch(&page->failed, 1, __ATOMIC_SEQ_CST);
    return page->error;
}

#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))

/* The function that this library replaces. */
#define NEXT(name, ...) \
    static int (*next)(__VA_ARGS__); \
    if (next == NULL) \
        *(void **) &next = dlsym(RTLD_NEXT, name)

#define FAIL_OR(function, call) \
    int error = fault(OF_##function, CALLER); \
    if (error != 0) \
        return errno = error, -1; \
    return call

#define REPLACE(name, types, parameters, arguments) \
    int name parameters { \
        static int (*next) types; \
        if (next == NULL) \
            *(void **) &next = dlsym(RTLD_NEXT, #name); \
        FAIL_OR(name, next arguments); \
    }

#define REPLACE_TRANSFER(name, types, parameters, arguments) \
    ssize_t name parameters { \
        static ssize_t (*next) types; \
        if (next == NULL) \
            *(void **) &next = dlsym(RTLD_NEXT, #name); \
        FAIL_OR(name, next arguments); \
    }

REPLACE(accept4, (int, struct sockaddr *, socklen_t *, int),
        (int fd, struct sockaddr *address, socklen_t *length, int flags), (fd, address, length, flags))
REPLACE(bind, (int, const struct sockaddr *, socklen_t), (int fd, const struct sockaddr *address, socklen_t length),
        (fd, address, length))
REPLACE(connect, (int, const struct sockaddr *, socklen_t), (int fd, const struct sockaddr *address, socklen_t length),
        (fd, address, length))
REPLACE(dup2, (int, int), (int from, int to), (from, to))
REPLACE(dup3, (int, int, int), (int from, int to, int flags), (from, to, flags))
REPLACE(epoll_create1, (int), (int flags), (flags))
REPLACE(epoll_ctl, (int, int, int, struct epoll_event *), (int set, int what, int fd, struct epoll_event *event),
        (set, what, fd, event))
REPLACE(epoll_wait, (int, struct epoll_event *, int, int), (int set, struct epoll_event *events, int most, int millis),
        (set, events, most, millis))
REPLACE(getpeername, (int, struct sockaddr *, socklen_t *), (int fd, struct sockaddr *address, socklen_t *length),
        (fd, address, length))
REPLACE(getsockname, (int, struct sockaddr *, socklen_t *), (int fd, struct sockaddr *address, socklen_t *length),
        (fd, address, length))
REPLACE(getsockopt, (int, int, int, void *, socklen_t *),
        (int fd, int level, int name, void *value, socklen_t *length), (fd, level, name, value, length))
REPLACE(listen, (int, int), (int fd, int backlog), (fd, backlog))
REPLACE(pipe2, (int *, int), (int ends[2], int flags), (ends, flags))
REPLACE(poll, (struct pollfd *, nfds_t, int), (struct pollfd *fds, nfds_t count, int millis), (fds, count, millis))
REPLACE(setsockopt, (int, int, int, const void *, socklen_t),
        (int fd, int level, int name, const void *value, socklen_t length), (fd, level, name, value, length))
REPLACE(shutdown, (int, int), (int fd, int how), (fd, how))
REPLACE(socket, (int, int, int), (int family, int type, int protocol), (family, type, protocol))

REPLACE_TRANSFER(recv, (int, void *, size_t, int), (int fd, void *to, size_t length, int flags),
                 (fd, to, length, flags))
REPLACE_TRANSFER(recvfrom, (int, void *, size_t, int, struct sockaddr *, socklen_t *),
                 (int fd, void *to, size_t length, int flags, struct sockaddr *from, socklen_t *size),
                 (fd, to, length, flags, from, size))
REPLACE_TRANSFER(recvmsg, (int, struct msghdr *, int), (int fd, struct msghdr *message, int flags),
                 (fd, message, flags))
REPLACE_TRANSFER(send, (int, const void *, size_t, int), (int fd, const void *from, size_t length, int flags),
                 (fd, from, length, flags))
REPLACE_TRANSFER(sendmsg, (int, const struct msghdr *, int), (int fd, const struct msghdr *message, int flags),
                 (fd, message, flags))
REPLACE_TRANSFER(sendto, (int, const void *, size_t, int, const struct sockaddr *, socklen_t),
                 (int fd, const void *from, size_t length, int flags, const struct sockaddr *to, socklen_t size),
                 (fd, from, length, flags, to, size))

int close(int fd) {
    int error = fault(OF_close, CALLER);
    int result = (int) syscall(SYS_close, fd);
    return error != 0 ? (errno = error, -1) : result;
}

/* The optional argument of these is a number or a pointer, in one register. */
#define OPTIONAL(last) \
    va_list arguments; \
    va_start(arguments, last); \
    void *argument = va_arg(arguments, void *); \
    va_end(arguments)

int fcntl(int fd, int command, ...) {
    OPTIONAL(command);
    NEXT("fcntl", int, int, ...);
    FAIL_OR(fcntl, next(fd, command, argument));
}

int ioctl(int fd, unsigned long request, ...) {
    OPTIONAL(request);
    NEXT("ioctl", int, unsigned long, ...);
    FAIL_OR(ioctl, next(fd, request, argument));
}

int open(const char *path, int flags, ...) {
    OPTIONAL(flags);
    NEXT("open", const char *, int, ...);
    FAIL_OR(open, next(path, flags, argument));
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t count) {
    FAIL_OR(sendfile, syscall(SYS_sendfile, to, from, offset, count));
}

static long (*next_syscall)(long, ...);

static long current_thread(void) {
    if (next_syscall == NULL)
        *(void **) &next_syscall = dlsym(RTLD_NEXT, "syscall");
    return next_syscall(SYS_gettid);
}

/* The library under test makes some calls without the C library's functions of their names. */
long syscall(long number, ...) {
    va_list arguments;
    va_start(arguments, number);
    long a = va_arg(arguments, long), b = va_arg(arguments, long), c = va_arg(arguments, long);
    long d = va_arg(arguments, long), e = va_arg(arguments, long), f = va_arg(arguments, long);
    va_end(arguments);
    if (next_syscall == NULL)
        *(void **) &next_syscall = dlsym(RTLD_NEXT, "syscall");
    int error = number == SYS_recvfrom ? fault(OF_recvfrom, CALLER)
        : number == SYS_sendto ? fault(OF_sendto, CALLER) : 0;
    return error != 0 ? (errno = error, -1) : next_syscall(number, a, b, c, d, e, f);
}
