// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/** Transfers of 64 KiB in one direction: MiB a second. */
final class Throughput implements Benchmark {
    static final int SIZE = 64 << 10;
    private static final int PARTS = 16;
    private static final int PAGE = 4 << 10;

    /** The buffers on both sides. Those of GATHER are direct, and the reader reads into one. */
    enum Shape { DIRECT, HEAP, GATHER }

    /** Reads until the end. */
    static final class Swallower {
        final AtomicLong received = new AtomicLong();

        Swallower(SocketChannel channel, boolean direct) {
            Threads.start(false, () -> {
                ByteBuffer buffer = allocate(direct);
                for (int n; (n = channel.read(buffer)) > 0; buffer.clear())
                    received.addAndGet(n);
            });
        }
    }

    private final SocketChannel client;
    private final Shape shape;
    private final ByteBuffer buffer;
    private final ByteBuffer[] parts = new ByteBuffer[PARTS];

    Throughput(Implementation implementation, Shape shape) throws IOException {
        this(shape, Connected.pair(implementation));
    }

    private Throughput(Shape shape, Connected pair) {
        this(pair.client(), shape);
        new Swallower(pair.server(), shape != Shape.HEAP);
    }

    /** To a guest that only reads. */
    Throughput(SocketChannel guest) {
        this(guest, Shape.DIRECT);
    }

    private Throughput(SocketChannel client, Shape shape) {
        this.shape = shape;
        this.client = client;
        buffer = allocate(shape != Shape.HEAP);
        for (int i = 0; i < PARTS; i++)
            parts[i] = buffer.slice(i * (SIZE / PARTS), SIZE / PARTS);
    }

    @Override
    public double iteration(double seconds) throws IOException {
        long nanos = (long) (seconds * 1e9);
        long bytes = 0;
        long start = System.nanoTime();
        long elapsed;
        do {
            bytes += shape == Shape.GATHER ? writeParts() : writeWhole();
        } while ((elapsed = System.nanoTime() - start) < nanos);
        return mebibytesPerSecond(bytes, elapsed);
    }

    /** Allocates direct memory at the start of a page, as in C: the place in a page changes copies by 4 %. */
    static ByteBuffer allocate(boolean direct) {
        return direct ? ByteBuffer.allocateDirect(SIZE + PAGE).alignedSlice(PAGE).slice(0, SIZE)
            : ByteBuffer.allocate(SIZE);
    }

    private long writeWhole() throws IOException {
        buffer.clear();
        while (buffer.hasRemaining())
            client.write(buffer);
        return SIZE;
    }

    private long writeParts() throws IOException {
        for (ByteBuffer part : parts)
            part.clear();
        for (int i = 0; i < PARTS; i++)
            while (parts[i].hasRemaining())
                client.write(parts, i, PARTS - i); // an implementation may write fewer
        return SIZE;
    }

    static double mebibytesPerSecond(long bytes, long nanos) {
        return bytes / (nanos / 1e9) / (1 << 20);
    }
}
