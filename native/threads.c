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

/* The JDK has such a handler too, but sets it only with its first channel. */
void threads_onload(void) {
    struct sigaction present;
    struct sigaction action = { .sa_handler = leave };
    if (sigaction(WAKEUP_SIGNAL, NULL, &present) == 0 && present.sa_handler == SIG_DFL)
        sigaction(WAKEUP_SIGNAL, &action, NULL);
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
