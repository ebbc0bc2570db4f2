// SPDX-License-Identifier: Apache-2.0
/*
 * Makes a thread leave a system call, by a signal. The handler does nothing, and the kernel does not restart the call.
 * The library sends the signal itself, since the JDK's way (sun.nio.ch.NativeThread) is different from JDK 27 on.
 */
#include "niovsock.h"
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

static void leave(int number) {
    (void) number;
}

/*
 * The JDK sets such a handler when it initializes NativeThread. The JDK's handler is preferred, because it stays: this
 * library's code is unloaded with its class loader, and another class loader may still send the signal.
 */
void threads_onload(JNIEnv *env) {
    if ((*env)->FindClass(env, "sun/nio/ch/NativeThread") == NULL)
        (*env)->ExceptionClear(env);
    struct sigaction present;
    struct sigaction action = { .sa_handler = leave };
    if (sigaction(WAKEUP_SIGNAL, NULL, &present) == 0
        && (present.sa_handler == SIG_DFL || present.sa_handler == SIG_IGN))
        sigaction(WAKEUP_SIGNAL, &action, NULL);
}

void threads_onunload(void) {
    struct sigaction present;
    struct sigaction nothing = { .sa_handler = SIG_IGN };
    if (sigaction(WAKEUP_SIGNAL, NULL, &present) == 0 && present.sa_handler == leave)
        sigaction(WAKEUP_SIGNAL, &nothing, NULL); /* by default the signal ends the process */
}

/* Not pthread_self: pthread_kill of an ended thread is undefined, and needs glibc 2.34 if it is built with that. */
NATIVE(jint, currentThread)(JNIEnv *env, jclass type_) {
    (void) env; (void) type_;
    return (jint) syscall(SYS_gettid);
}

NATIVE(jint, signal)(JNIEnv *env, jclass type_, jint thread) {
    (void) env; (void) type_;
    return (jint) RESULT(syscall(SYS_tgkill, getpid(), thread, WAKEUP_SIGNAL));
}

NATIVE(void, pause)(JNIEnv *env, jclass type_, jint millis) {
    (void) env; (void) type_;
    poll(NULL, 0, millis);
}
