/*
 * Direct buffers whose memory another thread may free: those of a shared Arena (JDK 22; ResourceScope in the incubator of
 * JDK 17), for which the JDK gives no address. While their session is held, closing the arena fails, as it does during an
 * operation of the platform's channels, which hold it by the same method of sun.nio.ch.IOUtil. That method is the same on
 * JDK 17, 21, 25, 27 and 28. A JDK without it refuses such a buffer with a NoSuchMethodError: nothing is read or sent.
 */
#include "niovsock.h"

/* A Runnable that lets go; NULL, with what the JDK says pending, where the arena is closed. */
NATIVE(jobject, holdSession)(JNIEnv *env, jclass type_, jobject buffer) {
    (void) type_;
    jclass util = (*env)->FindClass(env, "sun/nio/ch/IOUtil");
    jmethodID acquire = util == NULL ? NULL : (*env)->GetStaticMethodID(env, util, "acquireScopes",
        "(Ljava/nio/ByteBuffer;[Ljava/nio/ByteBuffer;)Ljava/lang/Runnable;");
    return acquire == NULL ? NULL : (*env)->CallStaticObjectMethod(env, util, acquire, buffer, NULL);
}

/* Where the memory of a direct buffer begins. */
NATIVE(jlong, directAddress)(JNIEnv *env, jclass type_, jobject buffer) {
    (void) type_;
    return (jlong) (intptr_t) (*env)->GetDirectBufferAddress(env, buffer);
}
