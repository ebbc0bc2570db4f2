// SPDX-License-Identifier: Apache-2.0
/*
 * The declarations that the files of this folder share.
 *
 * Most native methods return the result of a system call, or -errno. A few return nothing, a truth value or text.
 * Functions that use the JDK's own classes (onload.c, descriptors.c, keys.c, handles.c, platform.c, sessions.c), or get
 * the characters of a string, may leave an exception pending; the others throw nothing. A CID and a port are passed as
 * jint, the bits of an unsigned 32-bit number.
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

/* The socket address of a vsock endpoint: of AF_VSOCK, or of its emulation over AF_UNIX. */
typedef union {
    struct sockaddr any;
    struct sockaddr_vm vm;
    struct sockaddr_un un;
} endpoint_address;

/*
 * Fills in the address of (cid, port) in the given family and returns its length. The upper 16 bits of an emulated
 * family are the number of a network of machines within this process; 0: none.
 */
socklen_t endpoint_encode(endpoint_address *address, int family, uint32_t cid, uint32_t port, uint8_t flags);

typedef struct {
    uint32_t cid;
    uint32_t port;
} endpoint;

/* The endpoint of an address: ANY:ANY for one that is none (of an unbound or foreign emulated peer). */
endpoint endpoint_read(const endpoint_address *address, socklen_t length);

/* Stores an endpoint in out[0] (CID) and out[1] (port). */
void endpoint_store(JNIEnv *env, endpoint from, jintArray out);

/* Both. */
void endpoint_decode(JNIEnv *env, const endpoint_address *address, socklen_t length, jintArray out);

/*
 * Each looks up the JDK's members that its file needs; returns false, with an exception pending, if one does not exist.
 */
int keys_onload(JNIEnv *env);
int descriptors_onload(JNIEnv *env);
int platform_onload(JNIEnv *env);

/* Each releases what its onload has acquired. */
void keys_onunload(JNIEnv *env);
void descriptors_onunload(void);

/*
 * The signal that ends a system call. The JDK uses the same signal for that, so programs do not use it for another
 * purpose.
 */
#define WAKEUP_SIGNAL (SIGRTMAX - 2)

void threads_onload(JNIEnv *env);
void threads_onunload(void);

#endif
