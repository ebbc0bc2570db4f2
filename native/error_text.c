// SPDX-License-Identifier: Apache-2.0
/*
 * The system's text for an error. strerror_r has two forms. glibc's own returns the text, and musl has only the one of
 * POSIX, under the same name. Without _GNU_SOURCE, that one is declared; glibc calls it __xpg_strerror_r, and musl knows
 * this name, too. So this file does not include niovsock.h.
 */
#define _POSIX_C_SOURCE 200809L

#include <jni.h>
#include <string.h>

JNIEXPORT jstring JNICALL Java_io_niovsock_internal_natives_Natives_errorText(JNIEnv *env, jclass type_, jint error) {
    (void) type_;
    char text[128] = "";
    strerror_r(error, text, sizeof text); /* fails for a number that is no error, but then gives a text, too */
    return (*env)->NewStringUTF(env, text);
}
