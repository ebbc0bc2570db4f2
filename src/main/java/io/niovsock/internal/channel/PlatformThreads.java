// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;

/** Platform threads for calls that would pin the carrier of a virtual thread. */
final class PlatformThreads {
    private static final Executor THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "nio-vsock-record");
        thread.setDaemon(true);
        return thread;
    });

    private PlatformThreads() { }

    /** Has a platform thread make the call, while the current, virtual one is parked. Throws what the call throws. */
    static int call(Callable<Integer> call) throws IOException {
        FutureTask<Integer> task = new FutureTask<>(call);
        CompletableFuture<Void> end = CompletableFuture.runAsync(task, THREADS);
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
}
