/* Which build this library is of. */
#include "niovsock.h"

JNIEXPORT jstring JNICALL Java_io_niovsock_internal_natives_NativeLibrary_version(JNIEnv *env, jclass type_) {
    (void) type_;
    return (*env)->NewStringUTF(env, NIOVSOCK_VERSION);
}
