// SPDX-License-Identifier: Apache-2.0
/*
 * Moves data. A buffer is an address and a length. Several buffers are an iovec array that Java has written to native
 * memory. MSG_NOSIGNAL: a closed peer is an error, not a SIGPIPE.
 */
#include "niovsock.h"
#include "calls.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(struct iovec) == 16 && sizeof(size_t) == 8, "Java lays out struct iovec as two 64-bit words");

NATIVE(jint, receive)(JNIEnv *env, jclass type_, jint fd, jlong address, jint length, jint flags) {
    (void) env; (void) type_;
    return (jint) RESULT(receive_from(fd, (void *) (intptr_t) address, (size_t) length, flags, NULL, NULL));
}

NATIVE(jint, send)(JNIEnv *env, jclass type_, jint fd, jlong address, jint length, jint flags) {
    (void) env; (void) type_;
    return (jint) RESULT(send_to(fd, (const void *) (intptr_t) address, (size_t) length, flags, NULL, 0));
}

/* Whether the range lies within the array. Java has checked it, and this is the last place to check. */
static int is_within(JNIEnv *env, jbyteArray array, jint offset, jint length) {
    return offset >= 0 && length >= 0 && length <= (*env)->GetArrayLength(env, array) - offset;
}

/*
 * The same with an array of the Java heap, in place. The garbage collector may wait for the array, so the call never
 * blocks, and between the two JNI calls there is only the system call.
 */
NATIVE(jint, receiveIntoArray)(JNIEnv *env, jclass type_, jint fd, jbyteArray array, jint offset, jint length) {
    (void) type_;
    if (!is_within(env, array, offset, length))
        return -EFAULT;
    char *bytes = (*env)->GetPrimitiveArrayCritical(env, array, NULL);
    if (bytes == NULL)
        return -ENOMEM;
    jint result = (jint) RESULT(receive_from(fd, bytes + offset, (size_t) length, MSG_DONTWAIT, NULL, NULL));
    (*env)->ReleasePrimitiveArrayCritical(env, array, bytes, result > 0 ? 0 : JNI_ABORT);
    return result;
}

NATIVE(jint, sendFromArray)(JNIEnv *env, jclass type_, jint fd, jbyteArray array, jint offset, jint length) {
    (void) type_;
    if (!is_within(env, array, offset, length))
        return -EFAULT;
    char *bytes = (*env)->GetPrimitiveArrayCritical(env, array, NULL);
    if (bytes == NULL)
        return -ENOMEM;
    jint result = (jint) RESULT(send_to(fd, bytes + offset, (size_t) length, MSG_DONTWAIT, NULL, 0));
    (*env)->ReleasePrimitiveArrayCritical(env, array, bytes, JNI_ABORT);
    return result;
}

NATIVE(jlong, receiveVector)(JNIEnv *env, jclass type_, jint fd, jlong vector, jint count, jint flags) {
    (void) env; (void) type_;
    struct msghdr message = { .msg_iov = (struct iovec *) (intptr_t) vector, .msg_iovlen = (size_t) count };
    return RESULT(recvmsg(fd, &message, flags));
}

NATIVE(jlong, sendVector)(JNIEnv *env, jclass type_, jint fd, jlong vector, jint count, jint flags) {
    (void) env; (void) type_;
    struct msghdr message = { .msg_iov = (struct iovec *) (intptr_t) vector, .msg_iovlen = (size_t) count };
    return RESULT(sendmsg(fd, &message, flags | MSG_NOSIGNAL));
}

NATIVE(jint, resizePipe)(JNIEnv *env, jclass type_, jint fd, jint size) {
    (void) env; (void) type_;
    return (jint) RESULT(fcntl(fd, F_SETPIPE_SZ, size));
}

/*
 * splice(2) between a pipe and a socket, without the C library as above. It waits for neither, if the socket is
 * non-blocking. A closed peer is a SIGPIPE as well, which the JVM ignores.
 */
NATIVE(jint, splice)(JNIEnv *env, jclass type_, jint from, jint to, jint length) {
    (void) env; (void) type_;
    return (jint) RESULT(syscall(SYS_splice, from, NULL, to, NULL, (size_t) length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}

/* The number of bytes to read, at most 64 KiB, for kernels that do not report it. All bytes go to the same page. */
static int peek(int fd) {
    char page[4096];
    struct iovec pages[16];
    const int count = sizeof pages / sizeof *pages;
    for (int i = 0; i < count; i++)
        pages[i] = (struct iovec) { .iov_base = page, .iov_len = sizeof page };
    struct msghdr message = { .msg_iov = pages, .msg_iovlen = (size_t) count };
    return (int) RESULT(recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT));
}

/* The number of bytes that can be read at once. For vsock, kernels before 6.17 answer ENOTTY or EOPNOTSUPP. */
NATIVE(jint, available)(JNIEnv *env, jclass type_, jint fd) {
    (void) env; (void) type_;
    int count = 0;
    if (ioctl(fd, FIONREAD, &count) == 0)
        return count;
    return errno == ENOTTY || errno == EOPNOTSUPP ? peek(fd) : -errno;
}
