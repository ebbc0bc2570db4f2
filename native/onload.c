// SPDX-License-Identifier: Apache-2.0
/*
 * Called when the library is loaded, once for each class loader that has the library's classes, and when that class
 * loader is unloaded. Exports sun.nio.ch to this library's module: that package has the interface of channels that the
 * JDK's selectors select. AddModuleExports needs no capability, and the JVM TI environment is disposed of at once.
 */
#include "niovsock.h"
#include <jvmti.h>

static jobject module_of(JNIEnv *env, jclass type) {
    jclass class_class = (*env)->FindClass(env, "java/lang/Class");
    if (class_class == NULL)
        return NULL;
    jmethodID get_module = (*env)->GetMethodID(env, class_class, "getModule", "()Ljava/lang/Module;");
    jobject module = get_module == NULL ? NULL : (*env)->CallObjectMethod(env, type, get_module);
    return (*env)->ExceptionCheck(env) ? NULL : module;
}

static int fail(JNIEnv *env, const char *message) {
    if (!(*env)->ExceptionCheck(env)) {
        jclass error = (*env)->FindClass(env, "java/lang/UnsatisfiedLinkError");
        if (error != NULL)
            (*env)->ThrowNew(env, error, message);
    }
    return JNI_ERR;
}

static void unload(JNIEnv *env) {
    keys_onunload(env);
    descriptors_onunload();
    threads_onunload();
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved) {
    (void) reserved;
    JNIEnv *env;
    jvmtiEnv *jvmti;
    if ((*vm)->GetEnv(vm, (void **) &env, JNI_VERSION_10) != JNI_OK)
        return JNI_ERR;
    jclass object = (*env)->FindClass(env, "java/lang/Object");
    jclass natives = (*env)->FindClass(env, "io/niovsock/internal/natives/Natives");
    if (object == NULL || natives == NULL)
        return JNI_ERR;
    jobject java_base = module_of(env, object);
    jobject ours = module_of(env, natives);
    if (java_base == NULL || ours == NULL)
        return JNI_ERR;
    if ((*vm)->GetEnv(vm, (void **) &jvmti, JVMTI_VERSION_9) != JNI_OK)
        return fail(env, "this JVM does not have JVM TI 9, which nio-vsock needs to use the JDK's selectors");
    jvmtiError error = (*jvmti)->AddModuleExports(jvmti, java_base, "sun.nio.ch", ours);
    (*jvmti)->DisposeEnvironment(jvmti);
    if (error != JVMTI_ERROR_NONE)
        return fail(env, "this JVM does not export sun.nio.ch, which nio-vsock needs to use the JDK's selectors");
    threads_onload(env);
    if (keys_onload(env) && descriptors_onload(env) && platform_onload(env))
        return JNI_VERSION_10;
    unload(env); /* the JVM does not call JNI_OnUnload then */
    return JNI_ERR;
}

JNIEXPORT void JNICALL JNI_OnUnload(JavaVM *vm, void *reserved) {
    (void) reserved;
    JNIEnv *env;
    if ((*vm)->GetEnv(vm, (void **) &env, JNI_VERSION_10) == JNI_OK)
        unload(env);
}
