// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many virtual threads, each blocked in a read of its own channel. The process must have one carrier thread. If one of
 * them pinned it, the next would not reach its read, and the benchmark would not become ready.
 */
final class VirtualThreads implements Benchmark {
    private static final int AWAKENED = 100;
    private static final int IDLE_MILLIS = 250;

    private final SocketChannel[] clients;
    private final boolean idle;
    private int next;

    /**
     * @param idle whether to measure the processor's time in percent while nothing happens; otherwise microseconds to
     * wake a thread and get its answer
     */
    VirtualThreads(Implementation implementation, int count, boolean idle) throws Exception {
        this.idle = idle;
        clients = new SocketChannel[AWAKENED];
        AtomicInteger started = new AtomicInteger();
        try (ServerSocketChannel listener = implementation.listen()) {
            SocketAddress where = listener.getLocalAddress();
            for (int i = 0; i < AWAKENED; i++) {
                Connected pair = Connected.pair(implementation, listener, where);
                clients[i] = pair.client();
                start(pair.server(), started);
            }
        }
        for (SocketChannel channel : IdleChannels.open(implementation, count - AWAKENED))
            start(channel, started);
        while (started.get() < count)
            Thread.sleep(10);
        for (int i = 0; i < AWAKENED; i++)
            wake();
    }

    private static void start(SocketChannel channel, AtomicInteger started) {
        Threads.start(true, () -> {
            started.incrementAndGet();
            echo(channel);
        });
    }

    private static void echo(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1);
        while (channel.read(buffer.clear()) == 1)
            channel.write(buffer.flip());
    }

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1);

    private void wake() throws IOException {
        SocketChannel client = clients[next];
        next = (next + 1) % clients.length;
        client.write(buffer.clear());
        client.read(buffer.clear());
    }

    @Override
    public double iteration(double seconds) throws Exception {
        if (idle) {
            var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            long start = System.nanoTime();
            long used = system.getProcessCpuTime();
            Thread.sleep(IDLE_MILLIS);
            used = system.getProcessCpuTime() - used;
            return 100.0 * used / (System.nanoTime() - start);
        }
        long nanos = (long) (seconds * 1e9);
        long trips = 0;
        long start = System.nanoTime();
        long elapsed;
        do {
            wake();
            trips++;
        } while ((elapsed = System.nanoTime() - start) < nanos);
        return elapsed / 1e3 / trips;
    }
}
