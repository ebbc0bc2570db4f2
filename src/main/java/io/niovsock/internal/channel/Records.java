package io.niovsock.internal.channel;

import io.niovsock.internal.jdk.DirectMemory;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.Transport;

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
 * Moves records (SOCK_SEQPACKET), each by one system call, from and to buffers of any kind. As in {@link Transfer}, the
 * result is a number of bytes or {@code -errno}.
 */
final class Records {
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
     * @return the length of the record, which is more than the buffer had room for where its end is lost; 0 at the end of
     *     the stream, never for an empty record, which a peer that does not run Linux may send: that is passed over
     */
    static int receive(int fd, ByteBuffer dst, int flags) {
        int n = receiveOne(fd, dst, flags);
        while (n == 0 && !NATIVES.hasEnded(fd))
            n = receiveOne(fd, dst, flags);
        return n;
    }

    private static int receiveOne(int fd, ByteBuffer dst, int flags) {
        ByteBuffer memory = DirectMemory.isUsable(dst) ? dst : DirectMemory.borrow(dst.remaining());
        try {
            int n = NATIVES.receive(fd, DirectMemory.address(memory), memory.remaining(), flags | Constants.MSG_TRUNC);
            int moved = Math.max(0, Math.min(n, dst.remaining()));
            if (memory == dst)
                dst.position(dst.position() + moved);
            else
                dst.put(memory.limit(moved));
            return n;
        } finally {
            if (memory != dst)
                DirectMemory.giveBack(memory);
        }
    }

    /**
     * Sends what remains in the buffer as one record, or nothing of it.
     *
     * @param wait whether to wait until there is room for the beginning of the record
     */
    static int send(Transport transport, int fd, ByteBuffer src, boolean wait) {
        ByteBuffer memory = DirectMemory.isUsable(src) ? src : Transfer.borrowCopy(src, src.remaining());
        try {
            int n = transport.sendRecord(fd, DirectMemory.address(memory), memory.remaining(), wait);
            if (n > 0)
                src.position(src.position() + n);
            return n;
        } finally {
            if (memory != src)
                DirectMemory.giveBack(memory);
        }
    }

    /** Has a platform thread make a call that blocks, while the current, virtual one is parked. */
    static int callOnPlatformThread(Callable<Integer> call) throws IOException {
        FutureTask<Integer> task = new FutureTask<>(call);
        CompletableFuture<Void> end = CompletableFuture.runAsync(task, PLATFORM_THREADS);
        end.join(); // also where the current thread is interrupted: that closes the channel, which ends the call
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure)
                throw failure;
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError("the task has ended", e);
        }
    }
}
