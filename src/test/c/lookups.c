// SPDX-License-Identifier: Apache-2.0
/*
 * An agent that writes down which classes and members libniovsock.so looks up by JNI. Its option is the file to write
 * to. A line is `class NAME`, or `method` or `field` with the class, the name and the descriptor; and before that
 * `found` or `missing`.
 */
#define _GNU_SOURCE /* dladdr */
#include <dlfcn.h>
#include <jni.h>
#include <jvmti.h>
#include <stdio.h>
#include <string.h>

static jvmtiEnv *jvmti;
static jniNativeInterface *original;
static jniNativeInterface traced;
static FILE *file;

static int is_library(void *address) {
    Dl_info info;
    return dladdr(address, &info) != 0 && info.dli_fname != NULL && strstr(info.dli_fname, "libniovsock.so") != NULL;
}

static void write_line(void *caller, const void *result, const char *kind, const char *owner, const char *rest) {
    if (is_library(caller))
        fprintf(file, "%s %s %s%s\n", result == NULL ? "missing" : "found", kind, owner, rest);
    fflush(file);
}

static void write_member(void *caller, const void *result, const char *kind, jclass owner, const char *name,
    const char *descriptor) {
    char *signature, rest[512];
    snprintf(rest, sizeof rest, " %s %s", name, descriptor);
    if (is_library(caller) && (*jvmti)->GetClassSignature(jvmti, owner, &signature, NULL) == JVMTI_ERROR_NONE) {
        signature[strlen(signature) - 1] = '\0'; /* Ljava/lang/Object; */
        write_line(caller, result, kind, signature + 1, rest);
        (*jvmti)->Deallocate(jvmti, (unsigned char *) signature);
    }
}

/* A member may be inherited: metadata names the class that declares it. */
static jclass method_owner(jclass type, jmethodID method) {
    jclass owner;
    if (method == NULL || (*jvmti)->GetMethodDeclaringClass(jvmti, method, &owner) != JVMTI_ERROR_NONE)
        return type;
    return owner;
}

static jclass field_owner(jclass type, jfieldID field) {
    jclass owner;
    if (field == NULL || (*jvmti)->GetFieldDeclaringClass(jvmti, type, field, &owner) != JVMTI_ERROR_NONE)
        return type;
    return owner;
}

static jclass JNICALL find_class(JNIEnv *env, const char *name) {
    jclass result = original->FindClass(env, name);
    write_line(__builtin_return_address(0), result, "class", name, "");
    return result;
}

#define MEMBER(function, type, kind, owner) \
    static type JNICALL function(JNIEnv *env, jclass asked, const char *name, const char *descriptor) { \
        type result = original->function(env, asked, name, descriptor); \
        write_member(__builtin_return_address(0), result, kind, owner(asked, result), name, descriptor); \
        return result; \
    }

MEMBER(GetMethodID, jmethodID, "method", method_owner)
MEMBER(GetStaticMethodID, jmethodID, "method", method_owner)
MEMBER(GetFieldID, jfieldID, "field", field_owner)
MEMBER(GetStaticFieldID, jfieldID, "field", field_owner)

static void JNICALL start(jvmtiEnv *self, JNIEnv *env, jthread thread) {
    (void) env; (void) thread;
    (*self)->GetJNIFunctionTable(self, &original);
    traced = *original;
    traced.FindClass = find_class;
    traced.GetMethodID = GetMethodID;
    traced.GetStaticMethodID = GetStaticMethodID;
    traced.GetFieldID = GetFieldID;
    traced.GetStaticFieldID = GetStaticFieldID;
    (*self)->SetJNIFunctionTable(self, &traced);
}

JNIEXPORT jint JNICALL Agent_OnLoad(JavaVM *vm, char *options, void *reserved) {
    (void) reserved;
    jvmtiEventCallbacks callbacks = { .VMInit = start };
    file = fopen(options, "w");
    if (file == NULL || (*vm)->GetEnv(vm, (void **) &jvmti, JVMTI_VERSION_9) != JNI_OK)
        return JNI_ERR;
    (*jvmti)->SetEventCallbacks(jvmti, &callbacks, sizeof callbacks);
    (*jvmti)->SetEventNotificationMode(jvmti, JVMTI_ENABLE, JVMTI_EVENT_VM_INIT, NULL);
    return JNI_OK;
}
