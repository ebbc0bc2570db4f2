// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/**
 * Bursts of datagrams from one channel to another, on one thread, each with the address of its other end: datagrams a
 * second.
 */
final class Datagrams implements Benchmark {
    static final int SIZE = 512;
    static final int BURST = 8;

    private final DatagramChannel sender;
    private final DatagramChannel receiver;
    private final SocketAddress where;
    private final ByteBuffer out = ByteBuffer.allocateDirect(SIZE);
    private final ByteBuffer in = ByteBuffer.allocateDirect(Throughput.SIZE);

    Datagrams(Implementation implementation) throws IOException {
        sender = implementation.bindDatagrams();
        receiver = implementation.bindDatagrams();
        where = implementation.destination(receiver);
    }

    @Override
    public double iteration(double seconds) throws IOException {
        long nanos = (long) (seconds * 1e9);
        long count = 0;
        long start = System.nanoTime();
        long elapsed;
        do {
            burst();
            count += BURST;
        } while ((elapsed = System.nanoTime() - start) < nanos);
        return count / (elapsed / 1e9);
    }

    private void burst() throws IOException {
        for (int i = 0; i < BURST; i++)
            sender.send(out.clear(), where);
        for (int i = 0; i < BURST; i++)
            receiver.receive(in.clear());
    }

    /** The bytes allocated for sending and receiving one datagram. */
    static final class Allocation implements Benchmark {
        private final Datagrams datagrams;

        Allocation(Implementation implementation) throws IOException {
            datagrams = new Datagrams(implementation);
        }

        @Override
        public double iteration(double seconds) throws IOException {
            datagrams.iteration(seconds);
            return io.niovsock.bench.Allocation.bytesFor(datagrams::burst) / BURST;
        }
    }
}
