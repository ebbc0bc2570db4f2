// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;

/** Threads that make a call for another thread, which waits meanwhile. They inherit nothing of that thread. */
public final class HelperThreads {
    private static final String NAME = "nio-vsock-helper";
    private static final Executor PLATFORM = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(null, task, NAME, 0, false);
        thread.setContextClassLoader(null);
        thread.setPriority(Thread.NORM_PRIORITY);
        thread.setDaemon(true);
        return thread;
    });

    private HelperThreads() { }

    /** Has a platform thread make the call, while the current, virtual one is parked. Throws what the call throws. */
    public static int call(Callable<Integer> call) throws IOException {
        FutureTask<Integer> task = new FutureTask<>(call);
        CompletableFuture<Void> end = CompletableFuture.runAsync(task, PLATFORM);
        end.join(); // even if the current thread is interrupted: that closes the channel, which ends the call
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure)
                throw failure;
            if (e.getCause() instanceof RuntimeException failure)
                throw failure;
            if (e.getCause() instanceof Error failure)
                throw failure;
            throw new AssertionError("the call declares no other exception", e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError("the task has ended", e);
        }
    }

    /**
     * Starts the task in a thread of the current thread's kind. Before JDK 24, that is always a platform thread: a
     * virtual thread that waits in a monitor keeps its carrier, and if all carriers are kept by threads that wait for
     * virtual helpers, no helper runs.
     */
    static void start(Runnable task) {
        if (BlockedThread.isCurrentVirtual() && Runtime.version().feature() >= 24)
            Virtual.FACTORY.newThread(task).start();
        else
            PLATFORM.execute(task);
    }

    private static final class Virtual {
        static final ThreadFactory FACTORY = factory();
        private static final String THREAD = "java.lang.Thread";
        private static final String BUILDER = "java.lang.Thread$Builder$OfVirtual";

        private static ThreadFactory factory() {
            try {
                Object builder = Class.forName(THREAD).getMethod("ofVirtual").invoke(null);
                Class.forName(BUILDER).getMethod("name", String.class).invoke(builder, NAME);
                Class.forName(BUILDER).getMethod("inheritInheritableThreadLocals", boolean.class)
                    .invoke(builder, false);
                return (ThreadFactory) Class.forName(BUILDER).getMethod("factory").invoke(builder);
            } catch (ReflectiveOperationException e) {
                throw new AssertionError("a JDK with virtual threads has these", e);
            }
        }
    }
}
