// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.Background;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/** A channel in non-blocking mode, with a selector for each direction. The limits are those of the selections. */
final class SelectedEnd implements End {
    private final SocketChannel channel;
    private final Direction reads;
    private final Direction writes;

    SelectedEnd(SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.configureBlocking(false);
        reads = new Direction(channel, SelectionKey.OP_READ);
        writes = new Direction(channel, SelectionKey.OP_WRITE);
    }

    /** Attempts an operation again and again, and selects in between. */
    private static final class Direction {
        interface Attempt {
            int run() throws IOException;
        }

        private final ReentrantLock lock = new ReentrantLock();
        private final SocketChannel channel;
        private final Selector selector = Selector.open();
        private volatile long limitNanos;
        private volatile boolean selecting;
        private final AtomicBoolean ended = new AtomicBoolean();

        Direction(SocketChannel channel, int operation) throws IOException {
            this.channel = channel;
            channel.register(selector, operation);
        }

        /** Repeats the attempt until it returns another number than 0. */
        int repeat(Attempt attempt) throws IOException {
            lock.lock();
            try {
                long limit = limitNanos;
                long start = System.nanoTime();
                for (int n = attempt.run(); ; n = attempt.run()) {
                    if (n != 0)
                        return n;
                    long left = limit - (System.nanoTime() - start);
                    if (ended.getAndSet(false) || limit > 0 && left <= 0)
                        throw new SocketTimeoutException();
                    select(limit > 0 ? Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)) : 0);
                }
            } finally {
                lock.unlock();
            }
        }

        private void select(long millis) throws IOException {
            selecting = true;
            try {
                selector.select(millis);
                selector.selectedKeys().clear();
            } catch (ClosedSelectorException e) {
                if (channel.isOpen())
                    throw e;
            } finally {
                selecting = false;
            }
        }

        /** Ends the operation that is under way, or the next one if it succeeds at this moment. */
        void end() {
            ended.set(true);
            selector.wakeup();
        }
    }

    @Override
    public int read(byte[] dst) throws IOException {
        return reads.repeat(() -> channel.read(ByteBuffer.wrap(dst)));
    }

    @Override
    public void write(byte[] src) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(src);
        writes.repeat(() -> {
            channel.write(buffer);
            return buffer.hasRemaining() ? 0 : 1;
        });
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void ask() throws IOException {
        StreamEnd.ask(channel);
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
        reads.end();
        writes.end();
    }

    @Override
    public boolean isReadPending(Background<?> reader) {
        return reads.selecting;
    }

    @Override
    public boolean isWritePending(Background<?> writer) {
        return writes.selecting;
    }

    @Override
    public Class<? extends IOException> endedByClose() {
        return ClosedChannelException.class;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        reads.selector.close();
        writes.selector.close();
    }
}
