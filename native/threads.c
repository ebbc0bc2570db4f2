/*
 * How a thread is made to leave a system call: by a signal whose handler does nothing, and after which no call is started
 * again. The library has its own way to send it, since the JDK's (sun.nio.ch.NativeThread) is another one from JDK 27 on.
 */
#include "niovsock.h"
#include <sys/syscall.h>
#include <unistd.h>

static void leave(int number) {
    (void) number;
}

/*
 * The JDK sets such a handler when it initializes NativeThread. That one stays, whereas one of this library is gone
 * when its class loader is unloaded, and another class loader may still send the signal.
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

/* Not pthread_self, since pthread_kill of a thread that has ended is undefined, and needs glibc 2.34 where it is built. */
NATIVE(jint, currentThread)(JNIEnv *env, jclass type_) {
    (void) env; (void) type_;
    return (jint) syscall(SYS_gettid);
}

NATIVE(jint, signal)(JNIEnv *env, jclass type_, jint thread) {
    (void) env; (void) type_;
    return (jint) RESULT(syscall(SYS_tgkill, getpid(), thread, WAKEUP_SIGNAL));
}
