// SPDX-License-Identifier: Apache-2.0
/*
 * Direct buffers whose memory another thread may free: buffers of a shared Arena (JDK 22; ResourceScope in the
 * incubator of JDK 17). DirectBuffer.address() throws for them. While the session of such a buffer is held, closing the
 * arena fails. The platform's channels hold it by the same method of sun.nio.ch.IOUtil, which is the same on JDK 17,
 * 21, 25, 27 and 28-ea. On a JDK without that method, an operation with such a buffer throws a NoSuchMethodError, and
 * reads and sends nothing.
 */
#include "niovsock.h"

/* Returns a Runnable that releases the session; or NULL, with the JDK's exception pending, if the arena is closed. */
NATIVE(jobject, holdSession)(JNIEnv *env, jclass type_, jobject buffer) {
    (void) type_;
    jclass util = (*env)->FindClass(env, "sun/nio/ch/IOUtil");
    jmethodID acquire = util == NULL ? NULL : (*env)->GetStaticMethodID(env, util, "acquireScopes",
        "(Ljava/nio/ByteBuffer;[Ljava/nio/ByteBuffer;)Ljava/lang/Runnable;");
    return acquire == NULL ? NULL : (*env)->CallStaticObjectMethod(env, util, acquire, buffer, NULL);
}

/* The address of a direct buffer's memory. */
NATIVE(jlong, directAddress)(JNIEnv *env, jclass type_, jobject buffer) {
    (void) type_;
    return (jlong) (intptr_t) (*env)->GetDirectBufferAddress(env, buffer);
}
