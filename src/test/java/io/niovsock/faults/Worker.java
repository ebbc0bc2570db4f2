// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.ThreadKind;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One thread that makes calls, one after the other: the JDK keeps its temporary buffers by thread. */
final class Worker implements AutoCloseable {
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final ThreadKind kind;
    private final Background<Void> thread;

    Worker(ThreadKind kind) {
        this.kind = kind;
        this.thread = Background.start(kind, () -> {
            while (true)
                tasks.take().run();
        });
    }

    boolean isVirtual() {
        return kind == ThreadKind.VIRTUAL;
    }

    /** @throws AssertionError if the call does not end; the process is then of no further use */
    <T> T call(Callable<T> call) throws Exception {
        CompletableFuture<T> outcome = new CompletableFuture<>();
        tasks.add(() -> {
            try {
                outcome.complete(call.call());
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
        });
        try {
            return outcome.get(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("it does not end: " + thread.where());
        }
    }

    @Override
    public void close() {
        thread.close();
    }
}
