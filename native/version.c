// SPDX-License-Identifier: Apache-2.0
/* The version of the build of this library. */
#include "niovsock.h"

JNIEXPORT jstring JNICALL Java_io_niovsock_internal_natives_NativeLibrary_version(JNIEnv *env, jclass type_) {
    (void) type_;
    return (*env)->NewStringUTF(env, NIOVSOCK_VERSION);
}
