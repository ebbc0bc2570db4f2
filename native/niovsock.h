/*
 * What the files of this folder share.
 *
 * A function that makes a system call returns its result, or -errno, and throws nothing. Those that use the JDK's own
 * classes (onload.c, descriptors.c, keys.c, javanet.c, platform.c, sessions.c) may leave an exception pending; some
 * return nothing, a truth value, or a text.
 * A CID and a port travel as jint, the bits of an unsigned 32-bit number.
 */
#ifndef NIOVSOCK_H
#define NIOVSOCK_H

#define _GNU_SOURCE /* accept4, dup3 */

#include <errno.h>
#include <jni.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <linux/vm_sockets.h>

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_io_niovsock_internal_natives_Natives_##name

/* The result of a system call, or -errno. */
#define RESULT(call) ({ __typeof__(call) result_ = (call); result_ < 0 ? -errno : result_; })

/* A vsock endpoint as the kernel is given it: AF_VSOCK itself, or its emulation over AF_UNIX. */
typedef union {
    struct sockaddr any;
    struct sockaddr_vm vm;
    struct sockaddr_un un;
} endpoint_address;

/* Fills in the address of (cid, port) in the given family and returns its length. */
socklen_t endpoint_encode(endpoint_address *address, int family, uint32_t cid, uint32_t port, uint8_t flags);

/*
 * Stores what the kernel reported into out[0] (CID) and out[1] (port).
 * An address that names no endpoint (an unbound or foreign emulated peer) is ANY:ANY.
 */
void endpoint_decode(JNIEnv *env, const endpoint_address *address, socklen_t length, jintArray out);

/* Each finds what its file needs of the JDK; returns false, with an exception pending, if the JDK does not have it. */
int keys_onload(JNIEnv *env);
int descriptors_onload(JNIEnv *env);
int platform_onload(JNIEnv *env);

/* Each gives back what its onload took, if it took anything. */
void keys_onunload(JNIEnv *env);
void descriptors_onunload(void);

/* The signal that ends a system call. It is the JDK's own choice for that, so no program uses it for anything else. */
#define WAKEUP_SIGNAL (SIGRTMAX - 2)

void threads_onload(JNIEnv *env);
void threads_onunload(void);

#endif
