// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.lang.management.ManagementFactory;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One byte there and back over asynchronous channels: microseconds for a round trip. */
final class AsynchronousPingPong implements Benchmark {
    /** The param for the group that channels have by default; another param is the number of threads of a group. */
    static final int DEFAULT_GROUP = 0;

    private static final int BYTES_OF_TRIPS = 5_000;

    /** Makes round trips until a number of nanoseconds has passed, and at least a number of trips. */
    private interface Client {
        /** @return how many round trips it has made */
        long exchange(long nanos, long leastTrips) throws Exception;
    }

    private final Client client;
    private final boolean measuresBytes;

    private AsynchronousPingPong(Client client, boolean measuresBytes) {
        this.client = client;
        this.measuresBytes = measuresBytes;
    }

    /** Both ends are in one group, and each operation has a handler. */
    static AsynchronousPingPong ofHandlers(Implementation implementation, int param, boolean measuresBytes)
        throws Exception {

        AsynchronousChannelGroup group = param == DEFAULT_GROUP ? null : AsynchronousChannelGroup
            .withFixedThreadPool(param, Executors.defaultThreadFactory());
        Ends ends = Ends.connect(implementation, group);
        new Echo(ends.server()).start();
        return new AsynchronousPingPong(new HandlerClient(ends.client())::exchange, measuresBytes);
    }

    /** A thread at each end waits for the future of each operation. */
    static AsynchronousPingPong ofFutures(Implementation implementation, boolean measuresBytes) throws Exception {
        Ends ends = Ends.connect(implementation, null);
        Threads.start(false, () -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1);
            while (ends.server().read(buffer.clear()).get() == 1)
                ends.server().write(buffer.flip()).get();
        });
        ByteBuffer buffer = ByteBuffer.allocateDirect(1);
        return new AsynchronousPingPong((nanos, leastTrips) -> {
            long start = System.nanoTime();
            long trips = 0;
            do {
                trip(ends.client(), buffer);
                trips++;
            } while (trips < leastTrips || System.nanoTime() - start < nanos);
            return trips;
        }, measuresBytes);
    }

    private static void trip(AsynchronousSocketChannel client, ByteBuffer buffer)
        throws ExecutionException, InterruptedException {

        client.write(buffer.clear()).get();
        client.read(buffer.clear()).get();
    }

    @Override
    public double iteration(double seconds) throws Exception {
        if (measuresBytes)
            return bytes();
        long start = System.nanoTime();
        long trips = client.exchange((long) (seconds * 1e9), 1);
        return (System.nanoTime() - start) / 1e3 / trips;
    }

    /** The bytes that all threads allocate for a round trip. */
    private double bytes() throws Exception {
        long before = allocatedBytes();
        long trips = client.exchange(0, BYTES_OF_TRIPS);
        return Math.rint((double) (allocatedBytes() - before) / trips);
    }

    private static long allocatedBytes() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
            sum += Math.max(bytes, 0); // a thread that has ended has -1
        return sum;
    }

    /** The two ends of a connection. */
    private record Ends(AsynchronousSocketChannel client, AsynchronousSocketChannel server) {
        static Ends connect(Implementation implementation, AsynchronousChannelGroup groupOrNull) throws Exception {
            try (AsynchronousServerSocketChannel listener = AsynchronousServerSocketChannel.open(groupOrNull)) {
                listener.bind(implementation.listenAddress());
                Future<AsynchronousSocketChannel> accepted = listener.accept();
                AsynchronousSocketChannel client = AsynchronousSocketChannel.open(groupOrNull);
                client.connect(listener.getLocalAddress()).get();
                if (implementation instanceof Implementation.JdkTcp) {
                    client.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    accepted.get().setOption(StandardSocketOptions.TCP_NODELAY, true);
                }
                return new Ends(client, accepted.get());
            }
        }
    }

    /** A handler; a failure ends the process. */
    private abstract static class Handler implements CompletionHandler<Integer, Void> {
        @Override
        public void failed(Throwable failure, Void none) {
            System.out.println("cannot: " + failure);
            Runtime.getRuntime().halt(1);
        }
    }

    /** Reads a byte, writes it, and so on. */
    private static final class Echo {
        private final AsynchronousSocketChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(1);
        private final Handler hasRead = new Handler() {
            @Override
            public void completed(Integer count, Void none) {
                channel.write(buffer.flip(), null, hasWritten);
            }
        };
        private final Handler hasWritten = new Handler() {
            @Override
            public void completed(Integer count, Void none) {
                start();
            }
        };

        Echo(AsynchronousSocketChannel channel) {
            this.channel = channel;
        }

        void start() {
            channel.read(buffer.clear(), null, hasRead);
        }
    }

    /** Writes a byte, reads it, and so on. */
    private static final class HandlerClient {
        private final AsynchronousSocketChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(1);
        private volatile CompletableFuture<Long> done;
        private long start;
        private long nanos;
        private long leastTrips;
        private long trips;
        private final Handler hasWritten = new Handler() {
            @Override
            public void completed(Integer count, Void none) {
                channel.read(buffer.clear(), null, hasRead);
            }
        };
        private final Handler hasRead = new Handler() {
            @Override
            public void completed(Integer count, Void none) {
                trips++;
                if (trips < leastTrips || System.nanoTime() - start < nanos)
                    write();
                else
                    done.complete(trips);
            }
        };

        HandlerClient(AsynchronousSocketChannel channel) {
            this.channel = channel;
        }

        long exchange(long limitNanos, long least) throws Exception {
            nanos = limitNanos;
            leastTrips = least;
            trips = 0;
            start = System.nanoTime();
            done = new CompletableFuture<>(); // the threads of the group see what was written before
            write();
            return done.get();
        }

        private void write() {
            channel.write(buffer.clear(), null, hasWritten);
        }
    }
}
