// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs short tasks in a thread that belongs to no group. It exists while there are such tasks, and a moment longer. It
 * calls no handler of the program.
 */
final class Timer {
    private static final ScheduledThreadPoolExecutor EXECUTOR = executor();

    private Timer() { }

    private static ScheduledThreadPoolExecutor executor() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, Timer::thread);
        executor.setKeepAliveTime(1, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(null, task, "nio-vsock timeouts", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        return thread;
    }

    static Future<?> after(long nanos, Runnable task) {
        return EXECUTOR.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    static void execute(Runnable task) {
        EXECUTOR.execute(task);
    }
}
