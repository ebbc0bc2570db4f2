// SPDX-License-Identifier: Apache-2.0
/* Descriptors that the process was started with. */
#include "niovsock.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Duplicates a descriptor, above the numbers of the standard streams. */
NATIVE(jint, duplicate)(JNIEnv *env, jclass type_, jint fd) {
    (void) env; (void) type_;
    return RESULT(fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

/* From now on, programs that this one starts do not inherit the descriptor. */
NATIVE(jint, closeOnExec)(JNIEnv *env, jclass type_, jint fd) {
    (void) env; (void) type_;
    return RESULT(fcntl(fd, F_SETFD, FD_CLOEXEC));
}

NATIVE(jint, openNull)(JNIEnv *env, jclass type_) {
    (void) env; (void) type_;
    return RESULT(open("/dev/null", O_RDWR | O_CLOEXEC));
}

/* fstat(2); glibc has a symbol of that name only since 2.33. */
static int status(int fd, struct stat *status) {
    return (int) syscall(SYS_fstat, fd, status);
}

/* Re-points those standard streams at `null` that are the same socket as `fd`. Programs started later inherit them. */
NATIVE(void, detachStandardStreams)(JNIEnv *env, jclass type_, jint fd, jint null) {
    (void) env; (void) type_;
    struct stat socket, stream;
    if (status(fd, &socket) < 0)
        return;
    for (int number = STDIN_FILENO; number <= STDERR_FILENO; number++)
        if (status(number, &stream) == 0 && stream.st_dev == socket.st_dev && stream.st_ino == socket.st_ino)
            while (dup2(null, number) < 0 && (errno == EBUSY || errno == EINTR)) { }
}
