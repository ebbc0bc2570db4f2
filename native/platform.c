// SPDX-License-Identifier: Apache-2.0
/*
 * Creates selectors, pipes and listeners of the JDK's own classes with a given provider. Their provider() returns it,
 * and so do a pipe's ends and the connections that a listener accepts. The constructors are package-private; JNI may
 * call them nevertheless. They do not block, so they pin a virtual thread only briefly. They are the same on JDK 17,
 * 21, 25, 27 and 28-ea.
 */
#include "niovsock.h"

enum { SELECTOR, PIPE, LISTENER, KINDS };

static const char *const names[KINDS] = {
    "sun/nio/ch/EPollSelectorImpl", "sun/nio/ch/PipeImpl", "sun/nio/ch/ServerSocketChannelImpl"
};
static jmethodID constructors[KINDS];

int platform_onload(JNIEnv *env) {
    for (int i = 0; i < KINDS; i++) {
        jclass type = (*env)->FindClass(env, names[i]);
        if (type == NULL)
            return 0;
        constructors[i] = (*env)->GetMethodID(env, type, "<init>", "(Ljava/nio/channels/spi/SelectorProvider;)V");
        if (constructors[i] == NULL)
            return 0;
    }
    return 1;
}

static jobject make(JNIEnv *env, int kind, jobject provider) {
    jclass type = (*env)->FindClass(env, names[kind]);
    return type == NULL ? NULL : (*env)->NewObject(env, type, constructors[kind], provider);
}

NATIVE(jobject, newSelector)(JNIEnv *env, jclass type_, jobject provider) {
    (void) type_;
    return make(env, SELECTOR, provider);
}

NATIVE(jobject, newPipe)(JNIEnv *env, jclass type_, jobject provider) {
    (void) type_;
    return make(env, PIPE, provider);
}

NATIVE(jobject, newListener)(JNIEnv *env, jclass type_, jobject provider) {
    (void) type_;
    return make(env, LISTENER, provider);
}
