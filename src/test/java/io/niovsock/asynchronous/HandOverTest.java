// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static io.niovsock.asynchronous.Outcome.resultOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** An operation waits in one thread, becomes ready in another, and is ended by a third. None is lost. */
class HandOverTest {
    private static final int PAIRS = 4;

    private static void withGroup(AsynchronousKind kind, int threads, Body body) throws Exception {
        AsynchronousChannelGroup group = kind.openGroup(threads, Executors.defaultThreadFactory());
        try {
            body.run(group);
        } finally {
            group.shutdownNow();
        }
        assertTrue(group.awaitTermination(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }

    private interface Body {
        void run(AsynchronousChannelGroup group) throws Exception;
    }

    /** Reads and writes of each channel wait at the same time. */
    @ForEachAsynchronousKind
    void bothDirectionsOfAChannelFlowAtOnce(AsynchronousKind kind) throws Exception {
        int bytes = Machine.rounds(100) << 16;
        withGroup(kind, 2, group -> {
            List<AsynchronousPair> pairs = new ArrayList<>();
            try {
                List<CompletableFuture<Void>> flows = new ArrayList<>();
                for (int i = 0; i < PAIRS; i++) {
                    AsynchronousPair pair = AsynchronousPair.of(kind, group);
                    pairs.add(pair);
                    for (AsynchronousSocketChannel channel : List.of(pair.client(), pair.peer())) {
                        flows.add(new Source(channel, bytes).started());
                        flows.add(new Sink(channel, bytes).started());
                    }
                }
                resultOf(CompletableFuture.allOf(flows.toArray(CompletableFuture<?>[]::new)));
            } finally {
                for (AsynchronousPair pair : pairs)
                    pair.close();
            }
        });
    }

    /** One direction of a channel: an operation after the other, each begun by the handler of the one before. */
    private abstract static class Flow implements Handler<Integer> {
        final CompletableFuture<Void> done = new CompletableFuture<>();
        final AsynchronousSocketChannel channel;
        final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        final int total;
        int moved; // by the handlers, of which one runs at a time

        Flow(AsynchronousSocketChannel channel, int total) {
            this.channel = channel;
            this.total = total;
        }

        abstract void begin();

        /** Every byte is the low part of its place in the stream. */
        abstract void use(int count);

        final CompletableFuture<Void> started() {
            begin();
            return done;
        }

        @Override
        public void completed(Integer count, Object none) {
            try {
                use(count);
                moved += count;
                if (moved == total)
                    done.complete(null);
                else
                    begin();
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        }

        @Override
        public void failed(Throwable failure, Object none) {
            done.completeExceptionally(failure);
        }
    }

    private static final class Source extends Flow {
        Source(AsynchronousSocketChannel channel, int total) {
            super(channel, total);
        }

        @Override
        void begin() {
            buffer.clear();
            for (int i = 0; i < Math.min(buffer.capacity(), total - moved); i++)
                buffer.put((byte) (moved + i));
            channel.write(buffer.flip(), null, this);
        }

        @Override
        void use(int count) { }
    }

    private static final class Sink extends Flow {
        Sink(AsynchronousSocketChannel channel, int total) {
            super(channel, total);
        }

        @Override
        void begin() {
            channel.read(buffer.clear(), null, this);
        }

        @Override
        void use(int count) {
            assertTrue(count > 0, "the stream ends");
            for (int i = 0; i < count; i++)
                assertEquals((byte) (moved + i), buffer.get(i));
        }
    }

    /** The number of the closed descriptor belongs to the connection of the next round. */
    @ForEachAsynchronousKind
    void aReadThatIsReadyWhileItsChannelIsClosedHasOneOutcome(AsynchronousKind kind) throws Exception {
        withGroup(kind, 2, group -> {
            try (AsynchronousServerSocketChannel server = kind.listen(group)) {
                for (int round = 0; round < Machine.rounds(500); round++) {
                    Future<AsynchronousSocketChannel> accepted = server.accept();
                    AsynchronousSocketChannel client = kind.openClient(group);
                    resultOf(client.connect(server.getLocalAddress()));
                    try (AsynchronousPair pair = new AsynchronousPair(client, resultOf(accepted))) {
                        readBesideClose(pair);
                    }
                }
            }
        });
    }

    private static void readBesideClose(AsynchronousPair pair) throws Exception {
        Outcome<Integer> read = new Outcome<>();
        pair.client().read(ByteBuffer.allocate(1), ATTACHMENT, read);
        CyclicBarrier start = new CyclicBarrier(2);
        try (Background<Integer> writer = Background.start(() -> writeOnce(start, pair.peer()))) {
            start.await();
            for (int i = ThreadLocalRandom.current().nextInt(3000); i > 0; i--)
                Thread.onSpinWait();
            pair.client().close();
            writer.result();
        }
        read.thread();
        try {
            assertEquals(1, read.value());
        } catch (ExecutionException e) {
            assertInstanceOf(AsynchronousCloseException.class, e.getCause());
        }
    }

    private static Integer writeOnce(CyclicBarrier start, AsynchronousSocketChannel channel) throws Exception {
        start.await();
        channel.write(ByteBuffer.allocate(1));
        return null;
    }

    /** The handler of one waits for the handler of the other one, so one thread must not call both. */
    @ForEachAsynchronousKind
    void twoThreadsHandleAReadAndAWriteThatAreReadyTogether(AsynchronousKind kind) throws Exception {
        withGroup(kind, 2, group -> {
            CountDownLatch release = new CountDownLatch(1);
            try (AsynchronousPair pair = AsynchronousPair.of(kind, kind.openClient(group), null)) {
                CyclicBarrier meeting = new CyclicBarrier(2);
                Meeting reading = new Meeting(meeting);
                pair.client().read(ByteBuffer.allocate(1), null, reading);
                Meeting writing = fill(pair.client(), meeting, group);
                occupyBothThreads(group, release);
                AsynchronousPair.send(pair.peer(), "1");
                drain(pair.peer());
                release.countDown();
                resultOf(reading.met);
                resultOf(writing.met);
            } finally {
                release.countDown();
            }
        });
    }

    /** A handler that waits for another one. */
    private static final class Meeting implements Handler<Integer> {
        final CompletableFuture<Void> met = new CompletableFuture<>();
        volatile boolean called;
        volatile boolean isOfFill; // such a handler waits for none
        private final CyclicBarrier barrier;

        Meeting(CyclicBarrier barrier) {
            this.barrier = barrier;
        }

        @Override
        public void completed(Integer count, Object none) {
            called = true;
            if (isOfFill)
                return;
            try {
                barrier.await(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                met.complete(null);
            } catch (Exception e) {
                met.completeExceptionally(e);
            }
        }
    }

    /** Writes until a write waits, although the threads of the group had time to end it, and returns its handler. */
    private static Meeting fill(AsynchronousSocketChannel channel, CyclicBarrier barrier,
                                AsynchronousChannelGroup group) throws Exception {
        Meeting last;
        do {
            last = new Meeting(barrier);
            last.isOfFill = true;
            channel.write(ByteBuffer.allocate(1 << 16), null, last);
            for (int quiet = 0; quiet < 200 && !last.called; quiet++) { // TCP has room again a moment later
                LockSupport.parkNanos(500_000);
                resultOf(CompletableFuture.runAsync(() -> { }, (Executor) group));
            }
        } while (last.called);
        last.isOfFill = false;
        return last;
    }

    private static void occupyBothThreads(AsynchronousChannelGroup group, CountDownLatch release) throws Exception {
        CyclicBarrier occupied = new CyclicBarrier(3);
        for (int i = 0; i < 2; i++)
            ((Executor) group).execute(() -> {
                try {
                    occupied.await();
                    release.await();
                } catch (InterruptedException | BrokenBarrierException e) {
                    throw new AssertionError(e);
                }
            });
        occupied.await(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Reads until a read waits. */
    private static void drain(AsynchronousSocketChannel channel) {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        while (channel.read(buffer.clear()).isDone())
            Thread.onSpinWait();
    }

    /** Reads of vsock channels wait where those of TCP channels wait. The kernel's connects may wait elsewhere. */
    @Test
    void aReadThatWaitsNeedsNoThreadBesideThoseOfTheGroup() throws Exception {
        withGroup(AsynchronousKind.VSOCK, 2, group -> {
            try (AsynchronousPair pair =
                     AsynchronousPair.of(AsynchronousKind.VSOCK, AsynchronousKind.VSOCK.openClient(group), null)) {
                Set<Thread> before = Thread.getAllStackTraces().keySet();
                Outcome<Integer> read = new Outcome<>();
                pair.client().read(ByteBuffer.allocate(1), ATTACHMENT, read);
                Set<String> added = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> !before.contains(thread)).map(Thread::getName).collect(Collectors.toSet());
                assertFalse(added.contains("nio-vsock readiness"), added::toString);
                AsynchronousPair.send(pair.peer(), "1");
                assertEquals(1, read.value());
            }
        });
    }

    /** The platform's group accepts no further sockets then. */
    @ForEachAsynchronousKind
    void aChannelThatConnectsAfterTheShutdownOfItsGroupReadsAndWrites(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = kind.openGroup(2, Executors.defaultThreadFactory());
        try (AsynchronousSocketChannel client = kind.openClient(group)) {
            group.shutdown();
            try (AsynchronousPair pair = AsynchronousPair.of(kind, client, null)) {
                Outcome<Integer> read = new Outcome<>();
                pair.client().read(ByteBuffer.allocate(1), ATTACHMENT, read);
                AsynchronousPair.send(pair.peer(), "1");
                assertEquals(1, read.value());
                Future<Integer> future = pair.client().read(ByteBuffer.allocate(1));
                AsynchronousPair.send(pair.peer(), "1");
                assertEquals(1, resultOf(future));
                pair.assertConnected();
            }
        }
        assertTrue(group.awaitTermination(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }
}
