// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;

/**
 * Moves records (SOCK_SEQPACKET), each by one system call, from and to buffers of any kind. As in {@link BufferIo}, the
 * result is a number of bytes or {@code -errno}.
 */
public final class Records {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    /** For what would pin the carrier of a virtual thread. */
    private static final Executor PLATFORM_THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "nio-vsock-record");
        thread.setDaemon(true);
        return thread;
    });

    private Records() { }

    /**
     * Receives one record.
     *
     * @return the length of the record, which is more than {@code room} where its end is lost; 0 at the end of the stream,
     *     never for an empty record, which a peer that does not run Linux may send: that is passed over
     */
    static int receive(int fd, ByteBuffer dst, int position, int room, int flags) {
        int n = receiveOne(fd, dst, position, room, flags);
        while (n == 0 && !NATIVES.hasEnded(fd))
            n = receiveOne(fd, dst, position, room, flags);
        if (n > 0)
            dst.position(position + Math.min(n, room));
        return n;
    }

    private static int receiveOne(int fd, ByteBuffer dst, int position, int room, int flags) {
        return dst.isDirect() ? BufferIo.receiveDirect(fd, dst, position, room, flags | Constants.MSG_TRUNC)
            : BufferIo.receiveCopying(fd, dst, position, room, flags | Constants.MSG_TRUNC);
    }

    /** Has a platform thread make a call that blocks, while the current, virtual one is parked. What it throws, so does this. */
    static int callOnPlatformThread(Callable<Integer> call) throws IOException {
        FutureTask<Integer> task = new FutureTask<>(call);
        CompletableFuture<Void> end = CompletableFuture.runAsync(task, PLATFORM_THREADS);
        end.join(); // also where the current thread is interrupted: that closes the channel, which ends the call
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
