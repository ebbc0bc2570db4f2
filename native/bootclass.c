// SPDX-License-Identifier: Apache-2.0
/* A class that java.base can call. */
#include "niovsock.h"

/*
 * Defines a class of the bootstrap class loader, which java.base can call. The caller must have the Instrumentation of
 * an agent, which can do the same (appendToBootstrapClassLoaderSearch), but turns off class data sharing and warns.
 */
NATIVE(jclass, defineBootClass)(JNIEnv *env, jclass type_, jobject instrumentation, jstring name, jbyteArray code) {
    (void) type_;
    jclass required = (*env)->FindClass(env, "sun/instrument/InstrumentationImpl");
    if (required == NULL || instrumentation == NULL || !(*env)->IsInstanceOf(env, instrumentation, required))
        return NULL;
    const char *text = (*env)->GetStringUTFChars(env, name, NULL);
    jbyte *bytes = text == NULL ? NULL : (*env)->GetByteArrayElements(env, code, NULL);
    jclass defined = bytes == NULL ? NULL
        : (*env)->DefineClass(env, text, NULL, bytes, (*env)->GetArrayLength(env, code));
    if (bytes != NULL)
        (*env)->ReleaseByteArrayElements(env, code, bytes, JNI_ABORT);
    if (text != NULL)
        (*env)->ReleaseStringUTFChars(env, name, text);
    return defined;
}
