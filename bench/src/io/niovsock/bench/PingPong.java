// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.Supplier;

/** One byte there and back, blocking, between two threads: microseconds for a round trip. */
final class PingPong implements Benchmark {
    private final SocketChannel client;
    private final boolean virtual;
    private final ByteBuffer buffer;

    /** @param buffers creates the buffer of each side */
    PingPong(Implementation implementation, boolean virtual, Supplier<ByteBuffer> buffers) throws IOException {
        this.virtual = virtual;
        Connected pair = Connected.pair(implementation);
        client = pair.client();
        buffer = buffers.get();
        Threads.start(virtual, () -> echo(pair.server(), buffers.get()));
    }

    /** With platform threads, and a direct buffer on each side. */
    static PingPong direct(Implementation implementation) throws IOException {
        return new PingPong(implementation, false, () -> ByteBuffer.allocateDirect(1));
    }

    /** With a guest that echoes. */
    PingPong(SocketChannel guest) {
        virtual = false;
        client = guest;
        buffer = ByteBuffer.allocateDirect(1);
    }

    private static void echo(SocketChannel channel, ByteBuffer buffer) throws IOException {
        while (channel.read(buffer) == 1) {
            buffer.flip();
            channel.write(buffer);
            buffer.clear();
        }
    }

    @Override
    public double iteration(double seconds) throws Exception {
        return virtual ? Threads.callVirtually(() -> exchange(seconds)) : exchange(seconds);
    }

    private double exchange(double seconds) throws IOException {
        long nanos = (long) (seconds * 1e9);
        long trips = 0;
        long start = System.nanoTime();
        long elapsed;
        do {
            trip();
            trips++;
        } while ((elapsed = System.nanoTime() - start) < nanos);
        return elapsed / 1e3 / trips;
    }

    void trip() throws IOException {
        buffer.clear().limit(1);
        client.write(buffer);
        buffer.clear();
        client.read(buffer);
    }
}
