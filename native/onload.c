// SPDX-License-Identifier: Apache-2.0
/*
 * Called when the library is loaded, once for each class loader that has the library's classes, and when that class
 * loader is unloaded. Exports sun.nio.ch to this library's module: that package has the interface of channels that the
 * JDK's selectors select. AddModuleExports needs no capability, and the JVM TI environment is disposed of at once. A
 * native image does not have JVM TI. There the package must be exported already, by an option of the build.
 */
#include "niovsock.h"
#include <jvmti.h>

#define PACKAGE "sun.nio.ch"

/* A native method may have 16 by itself. The JVM frees those of JNI_OnLoad when it returns. */
enum { LOCAL_REFERENCES = 64 };

static jobject module_of(JNIEnv *env, jclass type) {
    jclass class_class = (*env)->FindClass(env, "java/lang/Class");
    if (class_class == NULL)
        return NULL;
    jmethodID get_module = (*env)->GetMethodID(env, class_class, "getModule", "()Ljava/lang/Module;");
    jobject module = get_module == NULL ? NULL : (*env)->CallObjectMethod(env, type, get_module);
    return (*env)->ExceptionCheck(env) ? NULL : module;
}

static void fail(JNIEnv *env, const char *message) {
    if (!(*env)->ExceptionCheck(env)) {
        jclass error = (*env)->FindClass(env, "java/lang/UnsatisfiedLinkError");
        if (error != NULL)
            (*env)->ThrowNew(env, error, message);
    }
}

static void unload(JNIEnv *env) {
    keys_onunload(env);
    descriptors_onunload();
    threads_onunload();
}

static int is_exported(JNIEnv *env, jobject from, jobject to) {
    jclass module = (*env)->FindClass(env, "java/lang/Module");
    jmethodID ask = module == NULL ? NULL
        : (*env)->GetMethodID(env, module, "isExported", "(Ljava/lang/String;Ljava/lang/Module;)Z");
    jstring package = ask == NULL ? NULL : (*env)->NewStringUTF(env, PACKAGE);
    jboolean exported = package != NULL && (*env)->CallBooleanMethod(env, from, ask, package, to);
    return !(*env)->ExceptionCheck(env) && exported;
}

/* Returns false, with an exception pending, if the package cannot be exported. */
static int export(JavaVM *vm, JNIEnv *env, jobject from, jobject to) {
    jvmtiEnv *jvmti;
    if ((*vm)->GetEnv(vm, (void **) &jvmti, JVMTI_VERSION_9) != JNI_OK) {
        if (is_exported(env, from, to))
            return 1;
        fail(env, "this JVM does not have JVM TI 9, and does not export " PACKAGE ", which nio-vsock needs to use the"
            " JDK's selectors (start the JVM, or build the native image, with --add-exports=java.base/" PACKAGE
            "=ALL-UNNAMED)");
        return 0;
    }
    jvmtiError error = (*jvmti)->AddModuleExports(jvmti, from, PACKAGE, to);
    (*jvmti)->DisposeEnvironment(jvmti);
    if (error != JVMTI_ERROR_NONE)
        fail(env, "this JVM does not export " PACKAGE ", which nio-vsock needs to use the JDK's selectors");
    return error == JVMTI_ERROR_NONE;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved) {
    (void) reserved;
    JNIEnv *env;
    if ((*vm)->GetEnv(vm, (void **) &env, JNI_VERSION_10) != JNI_OK
        || (*env)->EnsureLocalCapacity(env, LOCAL_REFERENCES) != 0)
        return JNI_ERR;
    jclass object = (*env)->FindClass(env, "java/lang/Object");
    jclass natives = (*env)->FindClass(env, "io/niovsock/internal/natives/Natives");
    if (object == NULL || natives == NULL)
        return JNI_ERR;
    jobject java_base = module_of(env, object);
    jobject ours = module_of(env, natives);
    if (java_base == NULL || ours == NULL)
        return JNI_ERR;
    if (!export(vm, env, java_base, ours))
        return JNI_ERR;
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
