// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.Machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ReadPendingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static io.niovsock.asynchronous.Outcome.resultOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The threads that call handlers. */
class ThreadsTest {
    /** Makes threads, and keeps them. */
    private static final class Factory implements ThreadFactory {
        final List<Thread> made = Collections.synchronizedList(new ArrayList<>());
        final List<Throwable> uncaught = Collections.synchronizedList(new ArrayList<>());

        @Override
        public Thread newThread(Runnable task) {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            thread.setUncaughtExceptionHandler((dead, failure) -> uncaught.add(failure));
            made.add(thread);
            return thread;
        }
    }

    private static void end(AsynchronousChannelGroup group) throws Exception {
        group.shutdownNow();
        assertTrue(group.awaitTermination(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }

    @ForEachAsynchronousKind
    void handlersRunInThreadsOfTheGroup(AsynchronousKind kind) throws Exception {
        Factory factory = new Factory();
        AsynchronousChannelGroup group = kind.openGroup(2, factory);
        try (AsynchronousServerSocketChannel server = kind.listen(group);
             AsynchronousSocketChannel client = kind.openClient(group)) {
            Outcome<AsynchronousSocketChannel> accepted = new Outcome<>();
            server.accept(ATTACHMENT, accepted);
            Outcome<Void> connected = new Outcome<>();
            client.connect(server.getLocalAddress(), ATTACHMENT, connected);
            connected.value();
            try (AsynchronousSocketChannel peer = accepted.value()) {
                Outcome<Integer> read = new Outcome<>();
                peer.read(ByteBuffer.allocate(1), ATTACHMENT, read);
                Outcome<Integer> written = new Outcome<>();
                client.write(ByteBuffer.allocate(1), ATTACHMENT, written);
                assertEquals(1, written.value());
                Outcome<Integer> empty = new Outcome<>();
                client.write(ByteBuffer.allocate(0), ATTACHMENT, empty);
                for (Outcome<?> outcome : List.of(accepted, connected, read, written, empty))
                    assertTrue(factory.made.contains(outcome.thread()), () -> "not of the group");
            }
            assertEquals(2, factory.made.size());
        } finally {
            end(group);
        }
    }

    @ForEachAsynchronousKind
    void handlersRunInThreadsOfTheExecutor(AsynchronousKind kind) throws Exception {
        Factory factory = new Factory();
        ExecutorService executor = Executors.newCachedThreadPool(factory);
        AsynchronousChannelGroup group = kind.openGroup(executor);
        try (AsynchronousPair pair = AsynchronousPair.of(kind, group)) {
            Outcome<Integer> read = new Outcome<>();
            pair.peer().read(ByteBuffer.allocate(1), ATTACHMENT, read);
            AsynchronousPair.send(pair.client(), "1");
            assertTrue(factory.made.contains(read.thread()));
        } finally {
            end(group);
        }
        assertTrue(executor.isShutdown());
    }

    /** A group with one thread runs one handler at a time. */
    @ForEachAsynchronousKind
    void oneThreadRunsOneHandlerAtATime(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = kind.openGroup(1, new Factory());
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> entered = new CompletableFuture<>();
        try (AsynchronousPair one = AsynchronousPair.of(kind, group);
             AsynchronousPair other = AsynchronousPair.of(kind, group)) {
            one.peer().read(ByteBuffer.allocate(1), null, (Handler<Integer>) (n, none) -> {
                entered.complete(null);
                awaitUninterruptibly(release);
            });
            AsynchronousPair.send(one.client(), "1");
            resultOf(entered);
            Outcome<Integer> read = new Outcome<>();
            other.peer().read(ByteBuffer.allocate(1), ATTACHMENT, read);
            other.client().write(ByteBuffer.allocate(1));
            Outcome<Integer> closed = new Outcome<>();
            one.client().read(ByteBuffer.allocate(1), ATTACHMENT, closed);
            one.client().close();
            assertFalse(read.isDone() || closed.isDone());
            release.countDown();
            assertEquals(1, read.value());
            closed.thread();
        } finally {
            release.countDown();
            end(group);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Reads one byte after the other, each in the handler of the one before. */
    private static final class Nested implements Handler<Integer> {
        final CompletableFuture<Integer> deepest = new CompletableFuture<>();
        private final AsynchronousSocketChannel channel;
        private final int limit;
        private final AtomicInteger count = new AtomicInteger();
        private volatile int maximum;

        Nested(AsynchronousSocketChannel channel, int limit) {
            this.channel = channel;
            this.limit = limit;
        }

        @Override
        public void completed(Integer n, Object none) {
            int depth = (int) Arrays.stream(Thread.currentThread().getStackTrace())
                .filter(frame -> frame.getClassName().equals(Nested.class.getName())
                    && frame.getMethodName().equals("completed")).count() / 2; // each with the method that it overrides
            maximum = Math.max(maximum, depth);
            if (count.incrementAndGet() == limit)
                deepest.complete(maximum);
            else
                channel.read(ByteBuffer.allocate(1), null, this);
        }

        @Override
        public void failed(Throwable failure, Object none) {
            deepest.completeExceptionally(failure);
        }
    }

    @ForEachAsynchronousKind
    void handlersNestOnlySoDeep(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = kind.openGroup(1, new Factory());
        try (AsynchronousPair pair = AsynchronousPair.of(kind, group)) {
            Nested nested = new Nested(pair.peer(), 500);
            AsynchronousPair.send(pair.client(), "x".repeat(500));
            pair.peer().read(ByteBuffer.allocate(1), null, nested);
            int deepest = resultOf(nested.deepest);
            assertTrue(deepest > 2 && deepest <= 20, () -> "handlers on one stack: " + deepest);
        } finally {
            end(group);
        }
    }

    @ForEachAsynchronousKind
    void handlersOfTheDefaultGroupNestOnlySoDeep(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Nested nested = new Nested(pair.peer(), 500);
            AsynchronousPair.send(pair.client(), "x".repeat(500));
            pair.peer().read(ByteBuffer.allocate(1), null, nested);
            int deepest = resultOf(nested.deepest);
            assertTrue(deepest > 2 && deepest <= 20, () -> "handlers on one stack: " + deepest);
        }
    }

    @ForEachAsynchronousKind
    void anotherThreadTakesThePlaceOfOneThatAHandlerEnds(AsynchronousKind kind) throws Exception {
        Factory factory = new Factory();
        AsynchronousChannelGroup group = kind.openGroup(1, factory);
        try (AsynchronousPair pair = AsynchronousPair.of(kind, group)) {
            for (int i = 0; i < 5; i++) {
                pair.peer().read(ByteBuffer.allocate(1), null, (Handler<Integer>) (n, none) -> {
                    throw new IllegalStateException("of the test");
                });
                AsynchronousPair.send(pair.client(), "1");
                int expected = i + 1;
                Await.until(() -> "uncaught: " + factory.uncaught, () -> factory.uncaught.size() == expected);
            }
            Outcome<Integer> read = new Outcome<>();
            pair.peer().read(ByteBuffer.allocate(1), ATTACHMENT, read);
            AsynchronousPair.send(pair.client(), "1");
            assertEquals(1, read.value());
            for (Throwable failure : factory.uncaught)
                assertEquals("of the test", failure.getMessage());
        } finally {
            end(group);
        }
    }

    /** A thread that was interrupted in one handler does its next work as any other. */
    @ForEachAsynchronousKind
    void anInterruptEndsWithItsHandler(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = kind.openGroup(1, new Factory());
        try (AsynchronousPair pair = AsynchronousPair.of(kind, group)) {
            pair.peer().read(ByteBuffer.allocate(1), null,
                (Handler<Integer>) (n, none) -> Thread.currentThread().interrupt());
            AsynchronousPair.send(pair.client(), "1");
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            Await.until(() -> "the first read is pending", () -> {
                try {
                    pair.peer().read(ByteBuffer.allocate(1), null, (Handler<Integer>) (n, none) ->
                        interrupted.complete(Thread.currentThread().isInterrupted()));
                    return true;
                } catch (ReadPendingException e) {
                    return false;
                }
            });
            AsynchronousPair.send(pair.client(), "1");
            assertFalse(resultOf(interrupted));
        } finally {
            end(group);
        }
    }

    /** The channels of an interrupted thread stay open. */
    @ForEachAsynchronousKind
    void anInterruptedThreadCanUseChannels(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Outcome<Integer> read = new Outcome<>();
            Outcome<Integer> written = new Outcome<>();
            Thread.currentThread().interrupt();
            pair.peer().read(ByteBuffer.allocate(1), ATTACHMENT, read);
            pair.client().write(ByteBuffer.allocate(1), ATTACHMENT, written);
            assertTrue(Thread.interrupted());
            assertEquals(1, read.value());
            assertEquals(1, written.value());
            pair.assertConnected();
        }
    }

    /** A connection that is there already is not handled by the thread that asks for it. */
    @ForEachAsynchronousKind
    void aConnectionIsNotHandledInTheCall(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = kind.openGroup(2, new Factory());
        try (AsynchronousServerSocketChannel server = kind.listen(group);
             AsynchronousSocketChannel client = kind.openClient(null)) {
            resultOf(client.connect(server.getLocalAddress()));
            CompletableFuture<Boolean> inTheCall = new CompletableFuture<>();
            ((Executor) group).execute(() -> {
                Thread caller = Thread.currentThread();
                boolean[] returned = new boolean[1];
                server.accept(null, (Handler<AsynchronousSocketChannel>) (peer, none) -> {
                    close(peer);
                    inTheCall.complete(Thread.currentThread() == caller && !returned[0]);
                });
                returned[0] = true;
            });
            assertFalse(resultOf(inTheCall));
        } finally {
            end(group);
        }
    }

    @ForEachAsynchronousKind
    void theCallingThreadRunsNoHandlerOfItsOwn(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            for (int i = 0; i < 100; i++) {
                Outcome<Integer> written = new Outcome<>();
                pair.client().write(ByteBuffer.allocate(1), ATTACHMENT, written);
                assertNotEquals(Thread.currentThread(), written.thread());
                assertTrue(written.thread().isDaemon());
            }
        }
    }

    private static void close(AsynchronousSocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
