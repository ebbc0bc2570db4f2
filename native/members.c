// SPDX-License-Identifier: Apache-2.0
/*
 * Finds out whether this JDK has a member. Reflection could do that, too, but it creates an object for every member of
 * the class, which takes tens of milliseconds of a JVM's start.
 */
#include "niovsock.h"

static int is_found(JNIEnv *env, const void *id) {
    if (id == NULL)
        (*env)->ExceptionClear(env);
    return id != NULL;
}

static int has_member(JNIEnv *env, const char *type_name, const char *name, const char *descriptor) {
    jclass type = (*env)->FindClass(env, type_name);
    if (!is_found(env, type))
        return 0;
    int found = descriptor[0] == '('
        ? is_found(env, (*env)->GetMethodID(env, type, name, descriptor))
            || is_found(env, (*env)->GetStaticMethodID(env, type, name, descriptor))
        : is_found(env, (*env)->GetFieldID(env, type, name, descriptor))
            || is_found(env, (*env)->GetStaticFieldID(env, type, name, descriptor));
    (*env)->DeleteLocalRef(env, type);
    return found;
}

NATIVE(jboolean, hasMember)(JNIEnv *env, jclass type_, jstring type, jstring name, jstring descriptor) {
    (void) type_;
    const char *type_chars = (*env)->GetStringUTFChars(env, type, NULL);
    const char *name_chars = type_chars == NULL ? NULL : (*env)->GetStringUTFChars(env, name, NULL);
    const char *descriptor_chars = name_chars == NULL ? NULL : (*env)->GetStringUTFChars(env, descriptor, NULL);
    int found = descriptor_chars != NULL && has_member(env, type_chars, name_chars, descriptor_chars);
    if (descriptor_chars != NULL)
        (*env)->ReleaseStringUTFChars(env, descriptor, descriptor_chars);
    if (name_chars != NULL)
        (*env)->ReleaseStringUTFChars(env, name, name_chars);
    if (type_chars != NULL)
        (*env)->ReleaseStringUTFChars(env, type, type_chars);
    return found;
}
