// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs short tasks for connects that only selectors wait for. Its one thread exists while there are such connects, and
 * a moment longer.
 */
final class ConnectTimer {
    private static final ScheduledThreadPoolExecutor EXECUTOR = executor();

    private ConnectTimer() { }

    private static ScheduledThreadPoolExecutor executor() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, ConnectTimer::thread);
        executor.setKeepAliveTime(1, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(null, task, "nio-vsock connects", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        return thread;
    }

    static Future<?> after(long nanos, Runnable task) {
        return EXECUTOR.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }
}
