// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;

/** The heap memory that a blocking write and a read of 1 KiB allocate: bytes for both. */
final class Allocation implements Benchmark {
    private static final int OPERATIONS = 20_000;
    private static final int SIZE = 1 << 10;

    interface Operation {
        void run() throws IOException;
    }

    private final Connected pair;
    private final ByteBuffer[] out;
    private final ByteBuffer[] in;

    Allocation(Implementation implementation, Throughput.Shape shape) throws IOException {
        pair = Connected.pair(implementation);
        boolean direct = shape != Throughput.Shape.HEAP;
        int parts = shape == Throughput.Shape.GATHER ? 2 : 1;
        out = buffers(parts, direct);
        in = buffers(parts, direct);
    }

    private static ByteBuffer[] buffers(int count, boolean direct) {
        ByteBuffer[] buffers = new ByteBuffer[count];
        for (int i = 0; i < count; i++)
            buffers[i] = direct ? ByteBuffer.allocateDirect(SIZE / count) : ByteBuffer.allocate(SIZE / count);
        return buffers;
    }

    @Override
    public double iteration(double seconds) throws IOException {
        return bytesFor(out.length == 1 ? this::single : this::gathering);
    }

    private void single() throws IOException {
        pair.client().write(out[0].clear());
        pair.server().read(in[0].clear());
    }

    private void gathering() throws IOException {
        for (int i = 0; i < out.length; i++) {
            out[i].clear();
            in[i].clear();
        }
        pair.client().write(out);
        pair.server().read(in);
    }

    /** Bytes that this thread allocates for one operation, on average. */
    static double bytesFor(Operation operation) throws IOException {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < OPERATIONS; i++)
            operation.run();
        double bytes = threads.getCurrentThreadAllocatedBytes() - before;
        return Math.rint(bytes / OPERATIONS * 10) / 10; // reading the counter allocates a little itself
    }
}
