// SPDX-License-Identifier: Apache-2.0
/*
 * Renews the registrations of a channel whose descriptor number has been re-pointed at another socket.
 *
 * epoll removes a number when the file behind it is closed. But a selection key of the JDK still records its events as
 * registered, so the selector would modify the registration, which fails. This code takes the lock under which a
 * selector reads that record, tells the key that nothing is registered, and queues the key: the selector then adds the
 * number again. The selector may have added it already, since the number was re-pointed. So the number is removed from
 * epoll first: adding it twice fails, too. The members used are the same on JDK 17, 21, 25, 27 and 28-ea.
 *
 * A select that is under way is woken, to read its queue again. One that begins later reads it anyway, and must wait as
 * long as it is told to, so it is not woken. Which of them it is, is known for sure under that lock: a select sets its
 * mark before it takes the lock to read the queue.
 */
#include "niovsock.h"
#include <sys/epoll.h>

static jfieldID channel_keys;      /* AbstractSelectableChannel.keys */
static jfieldID channel_key_lock;  /* AbstractSelectableChannel.keyLock */
static jfieldID update_lock;       /* EPollSelectorImpl.updateLock */
static jfieldID epoll_descriptor;  /* EPollSelectorImpl.epfd */
static jmethodID key_descriptor;   /* SelectionKeyImpl.getFDVal() */
static jmethodID registered_events; /* SelectionKeyImpl.registeredEvents(int) */
static jmethodID set_event_ops;    /* SelectorImpl.setEventOps(SelectionKeyImpl) */
static jfieldID in_select;         /* SelectorImpl.inSelect */
static jmethodID key_selector, selector_is_open, selector_wakeup;
static jclass epoll_selector;

int keys_onload(JNIEnv *env) {
    jclass channel = (*env)->FindClass(env, "java/nio/channels/spi/AbstractSelectableChannel");
    jclass key = channel == NULL ? NULL : (*env)->FindClass(env, "sun/nio/ch/SelectionKeyImpl");
    jclass selector = key == NULL ? NULL : (*env)->FindClass(env, "sun/nio/ch/SelectorImpl");
    jclass epoll = selector == NULL ? NULL : (*env)->FindClass(env, "sun/nio/ch/EPollSelectorImpl");
    return epoll != NULL
        && (epoll_selector = (*env)->NewGlobalRef(env, epoll)) != NULL
        && (channel_keys = (*env)->GetFieldID(env, channel, "keys", "[Ljava/nio/channels/SelectionKey;")) != NULL
        && (channel_key_lock = (*env)->GetFieldID(env, channel, "keyLock", "Ljava/lang/Object;")) != NULL
        && (update_lock = (*env)->GetFieldID(env, epoll, "updateLock", "Ljava/lang/Object;")) != NULL
        && (epoll_descriptor = (*env)->GetFieldID(env, epoll, "epfd", "I")) != NULL
        && (key_descriptor = (*env)->GetMethodID(env, key, "getFDVal", "()I")) != NULL
        && (registered_events = (*env)->GetMethodID(env, key, "registeredEvents", "(I)V")) != NULL
        && (set_event_ops = (*env)->GetMethodID(env, selector, "setEventOps", "(Lsun/nio/ch/SelectionKeyImpl;)V")) != NULL
        && (in_select = (*env)->GetFieldID(env, selector, "inSelect", "Z")) != NULL
        && (key_selector = (*env)->GetMethodID(env, key, "selector", "()Ljava/nio/channels/Selector;")) != NULL
        && (selector_is_open = (*env)->GetMethodID(env, selector, "isOpen", "()Z")) != NULL
        && (selector_wakeup = (*env)->GetMethodID(env, selector, "wakeup", "()Ljava/nio/channels/Selector;")) != NULL;
}

void keys_onunload(JNIEnv *env) {
    if (epoll_selector != NULL)
        (*env)->DeleteGlobalRef(env, epoll_selector);
    epoll_selector = NULL;
}

/*
 * The code below checks for an exception after every call of a JDK method, even of one that does not throw: no call may
 * be made while an exception is pending (-Xcheck:jni).
 */
static int is_open(JNIEnv *env, jobject selector) {
    int open = (*env)->CallBooleanMethod(env, selector, selector_is_open);
    return !(*env)->ExceptionCheck(env) && open;
}

static void add_anew(JNIEnv *env, jobject selector, jobject key) {
    jint number = (*env)->CallIntMethod(env, key, key_descriptor);
    if ((*env)->ExceptionCheck(env))
        return;
    epoll_ctl((*env)->GetIntField(env, selector, epoll_descriptor), EPOLL_CTL_DEL, number, NULL); /* mostly ENOENT */
    (*env)->CallVoidMethod(env, key, registered_events, (jint) 0);
    if ((*env)->ExceptionCheck(env))
        return;
    (*env)->CallVoidMethod(env, selector, set_event_ops, key);
    if ((*env)->ExceptionCheck(env) || !(*env)->GetBooleanField(env, selector, in_select))
        return;
    (*env)->CallObjectMethod(env, selector, selector_wakeup);
    (*env)->ExceptionCheck(env);
}

static void reregister(JNIEnv *env, jobject key) {
    jobject selector = (*env)->CallObjectMethod(env, key, key_selector);
    if ((*env)->ExceptionCheck(env) || selector == NULL || !(*env)->IsInstanceOf(env, selector, epoll_selector))
        return; /* only epoll keeps registrations by number */
    jobject lock = (*env)->GetObjectField(env, selector, update_lock);
    if ((*env)->MonitorEnter(env, lock) != 0)
        return;
    if (is_open(env, selector)) {
        add_anew(env, selector, key);
        jthrowable thrown = (*env)->ExceptionOccurred(env);
        (*env)->ExceptionClear(env);
        if (thrown != NULL && is_open(env, selector)) /* if it was closed meanwhile, the exception does not matter */
            (*env)->Throw(env, thrown);
    }
    (*env)->MonitorExit(env, lock);
}

NATIVE(void, reregister)(JNIEnv *env, jclass type_, jobject channel) {
    (void) type_;
    jobject lock = (*env)->GetObjectField(env, channel, channel_key_lock);
    if ((*env)->MonitorEnter(env, lock) != 0)
        return;
    jobjectArray live = (*env)->GetObjectField(env, channel, channel_keys);
    jsize count = live == NULL ? 0 : (*env)->GetArrayLength(env, live);
    for (jsize i = 0; i < count && !(*env)->ExceptionCheck(env); i++) {
        if ((*env)->PushLocalFrame(env, 8) != 0) /* a channel may be registered with many selectors */
            break;
        jobject key = (*env)->GetObjectArrayElement(env, live, i);
        if (key != NULL)
            reregister(env, key);
        (*env)->PopLocalFrame(env, NULL);
    }
    (*env)->MonitorExit(env, lock);
}
