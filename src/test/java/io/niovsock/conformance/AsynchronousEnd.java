// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

import static org.junit.jupiter.api.Assertions.assertNotNull;

/** An asynchronous channel. A thread that reads or writes waits for the outcome of its operation. */
final class AsynchronousEnd implements End {
    private final AsynchronousSocketChannel channel;
    private final Direction reads = new Direction();
    private final Direction writes = new Direction();

    AsynchronousEnd(AsynchronousSocketChannel channel) {
        this.channel = channel;
    }

    /** One operation after the other. */
    private static final class Direction {
        interface Limited {
            void begin(long nanos, CompletionHandler<Integer, CompletableFuture<Integer>> handler,
                       CompletableFuture<Integer> result);
        }

        interface Unlimited {
            Future<Integer> begin();
        }

        private final ReentrantLock lock = new ReentrantLock();
        private volatile long limitNanos;
        private volatile Future<Integer> current;

        int run(Limited limited, Unlimited unlimited) throws IOException {
            lock.lock();
            try {
                current = limitNanos > 0 ? begin(limited, limitNanos) : unlimited.begin();
                return current.get(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                throw asSynchronous(e.getCause());
            } catch (CancellationException e) {
                throw (IOException) new SocketTimeoutException().initCause(e);
            } catch (InterruptedException e) {
                throw (IOException) new InterruptedIOException().initCause(e);
            } catch (TimeoutException e) {
                throw new AssertionError("the operation does not end", e);
            } finally {
                lock.unlock();
            }
        }

        private static Future<Integer> begin(Limited limited, long nanos) {
            CompletableFuture<Integer> result = new CompletableFuture<>();
            limited.begin(nanos, new CompletionHandler<>() {
                @Override
                public void completed(Integer n, CompletableFuture<Integer> attachment) {
                    attachment.complete(n);
                }

                @Override
                public void failed(Throwable failure, CompletableFuture<Integer> attachment) {
                    attachment.completeExceptionally(failure);
                }
            }, result);
            return result;
        }

        private static IOException asSynchronous(Throwable failure) {
            if (failure instanceof InterruptedByTimeoutException)
                return (IOException) new SocketTimeoutException().initCause(failure);
            if (failure instanceof IOException e)
                return e;
            throw new AssertionError(failure);
        }

        boolean isPending() {
            return current != null && !current.isDone();
        }

        /** Cancels the operation that is under way, or the next one if it ends by itself at this moment. */
        void cancel() {
            while (!current.cancel(false))
                Thread.onSpinWait();
        }
    }

    @Override
    public int read(byte[] dst) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(dst);
        return reads.run((nanos, handler, result) ->
            channel.read(buffer, nanos, TimeUnit.NANOSECONDS, result, handler), () -> channel.read(buffer));
    }

    @Override
    public void write(byte[] src) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(src);
        while (buffer.hasRemaining())
            writes.run((nanos, handler, result) ->
                channel.write(buffer, nanos, TimeUnit.NANOSECONDS, result, handler), () -> channel.write(buffer));
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void ask() throws IOException {
        assertNotNull(channel.getRemoteAddress());
        assertNotNull(channel.getLocalAddress());
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
    }

    @Override
    public void limitReads(long nanos) {
        reads.limitNanos = nanos;
    }

    @Override
    public void limitWrites(long nanos) {
        writes.limitNanos = nanos;
    }

    @Override
    public void endPending() {
        reads.cancel();
        writes.cancel();
    }

    @Override
    public boolean goesOnAfterLimit() {
        return false;
    }

    @Override
    public boolean isReadPending(Background<?> reader) {
        return reads.isPending();
    }

    @Override
    public boolean isWritePending(Background<?> writer) {
        return writes.isPending();
    }

    @Override
    public Class<? extends IOException> endedByClose() {
        return ClosedChannelException.class;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
