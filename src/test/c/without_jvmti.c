// SPDX-License-Identifier: Apache-2.0
/*
 * A JVM's agent that hides JVM TI from every library that is loaded later, as in a native image, which does not have it.
 * Use: java -agentpath:FILE
 */
#include <jni.h>

static const struct JNIInvokeInterface_ *original;
static struct JNIInvokeInterface_ hiding;

static jint JNICALL get_env(JavaVM *vm, void **env, jint version) {
    if ((version & 0x30000000) == 0x30000000) /* the mark of JVM TI's versions */
        return JNI_EVERSION;
    return original->GetEnv(vm, env, version);
}

JNIEXPORT jint JNICALL Agent_OnLoad(JavaVM *vm, char *options, void *reserved) {
    (void) options;
    (void) reserved;
    original = *vm;
    hiding = *original;
    hiding.GetEnv = get_env;
    *vm = &hiding;
    return JNI_OK;
}
