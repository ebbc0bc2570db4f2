// SPDX-License-Identifier: Apache-2.0
/*
 * Hybrid vsock: the AF_UNIX socket of a virtual machine monitor. A connect to a guest's port sends one line there and
 * reads one line. No call of this file blocks, if the socket is in non-blocking mode.
 */
#include "niovsock.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    LONGEST_REQUEST = sizeof "CONNECT 4294967295\n",
    LONGEST_REPLY = 32
};

/* The address of a path, as bytes without the final NUL; 0: it is too long. */
static socklen_t path_address(JNIEnv *env, struct sockaddr_un *address, jbyteArray path) {
    jsize length = (*env)->GetArrayLength(env, path);
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (length >= (jsize) sizeof address->sun_path)
        return 0;
    (*env)->GetByteArrayRegion(env, path, 0, length, (jbyte *) address->sun_path);
    return sizeof *address;
}

NATIVE(jint, connectToFile)(JNIEnv *env, jclass type_, jint fd, jbyteArray path) {
    (void) type_;
    struct sockaddr_un address;
    socklen_t length = path_address(env, &address, path);
    return length == 0 ? -ENAMETOOLONG : RESULT(connect(fd, (struct sockaddr *) &address, length));
}

NATIVE(jint, bindToFile)(JNIEnv *env, jclass type_, jint fd, jbyteArray path) {
    (void) type_;
    struct sockaddr_un address;
    socklen_t length = path_address(env, &address, path);
    return length == 0 ? -ENAMETOOLONG : RESULT(bind(fd, (struct sockaddr *) &address, length));
}

/* chmod(2) of the file behind an O_PATH descriptor, whatever its path leads to by now. */
static int change_mode(int file, mode_t mode) {
    char name[sizeof "/proc/self/fd/" + 10];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    return (int) syscall(SYS_fchmodat, AT_FDCWD, name, mode);
}

/*
 * Sets the permissions of a socket that has just been bound to the path. A process that may write to the folder can put
 * another file there meanwhile, by a symbolic or a hard link: then this returns -ENOTSOCK, and the file stays as it is.
 */
NATIVE(jint, permitSocketFile)(JNIEnv *env, jclass type_, jbyteArray path, jint mode) {
    (void) type_;
    struct sockaddr_un address;
    struct stat status;
    if (path_address(env, &address, path) == 0)
        return -ENAMETOOLONG;
    int file = open(address.sun_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return -errno;
    int result = (int) syscall(SYS_fstat, file, &status) < 0 ? -errno
        : !S_ISSOCK(status.st_mode) || status.st_nlink != 1 ? -ENOTSOCK
        : RESULT(change_mode(file, (mode_t) mode));
    close(file);
    return result;
}

/* One send of the whole line: Firecracker drops a connection whose line comes in parts. A new socket has room for it. */
NATIVE(jint, requestPort)(JNIEnv *env, jclass type_, jint fd, jint port) {
    (void) env; (void) type_;
    char line[LONGEST_REQUEST];
    int length = snprintf(line, sizeof line, "CONNECT %u\n", (uint32_t) port);
    return RESULT(send(fd, line, (size_t) length, MSG_NOSIGNAL | MSG_DONTWAIT));
}

/*
 * Takes bytes of the reply, up to the end of its line: what follows belongs to the program. `had` bytes of it are in
 * the array already. Without `take_end`, the end of the line stays in the socket, which so remains readable. Returns the
 * number of bytes taken, 0 if the end of the line is there but stays, -EAGAIN if nothing has come, and -ECONNRESET at
 * the end of the stream.
 */
NATIVE(jint, receiveReply)(JNIEnv *env, jclass type_, jint fd, jbyteArray reply, jint had, jboolean take_end) {
    (void) type_;
    char bytes[LONGEST_REPLY];
    jsize room = (*env)->GetArrayLength(env, reply) - had;
    if (room > LONGEST_REPLY)
        room = LONGEST_REPLY;
    if (room <= 0)
        return -EINVAL;
    ssize_t seen = recv(fd, bytes, (size_t) room, MSG_PEEK | MSG_DONTWAIT);
    if (seen <= 0)
        return seen == 0 ? -ECONNRESET : errno == EINTR ? -EAGAIN : -errno;
    const char *end = memchr(bytes, '\n', (size_t) seen);
    if (end != NULL && !take_end)
        return 0;
    ssize_t taken = recv(fd, bytes, end == NULL ? (size_t) seen : (size_t) (end - bytes) + 1, MSG_DONTWAIT);
    if (taken <= 0)
        return taken == 0 ? -ECONNRESET : -errno;
    (*env)->SetByteArrayRegion(env, reply, had, (jsize) taken, (const jbyte *) bytes);
    return (jint) taken;
}
