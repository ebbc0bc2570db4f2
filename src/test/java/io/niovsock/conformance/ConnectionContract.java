// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.provider.Arguments;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** What every connection does, with or without limits of time. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ConnectionContract {
    static final int LARGE = 1 << 16;
    static final byte SENT = 1;
    static final byte REUSED = 2;

    private static final int TRANSFER = Machine.rounds(3 << 20);
    private static final int EXCHANGES = 2 * Machine.rounds(750);
    private static final int THREADS = 4;
    private static final int ROUNDS = Machine.rounds(75);

    abstract Stream<Way> ways();

    final Stream<Arguments> waysAndThreads() {
        return ways().flatMap(way -> ThreadKind.available().stream().map(thread -> Arguments.of(way, thread)));
    }

    /** BasicIO. */
    @ForEachWayAndThread
    void everyByteArrivesInOrder(Way way, ThreadKind thread) throws Exception {
        byte[] payload = Payload.random(7, TRANSFER);
        way.withEachEnd((subject, peer) -> {
            try (Background<byte[]> echo = start(thread, () -> {
                byte[] bytes = Conversation.readToEnd(peer);
                Conversation.writeInPieces(peer, bytes);
                peer.shutdownOutput();
                return bytes;
            })) {
                Conversation.writeInPieces(subject, payload);
                subject.shutdownOutput();
                assertEquals(Payload.digest(payload), Payload.digest(Conversation.readToEnd(subject)));
                assertEquals(Payload.digest(payload), Payload.digest(echo.result()));
            }
        });
    }

    /** PingPong. */
    @ForEachWayAndThread
    void bothEndsTakeTurns(Way way, ThreadKind thread) throws Exception {
        try (Ends ends = way.connector().connect();
             Background<Long> first = start(thread, () -> takeTurns(ends.subject(), 0));
             Background<Long> second = start(thread, () -> takeTurns(ends.peer(), 1))) {
            assertEquals(EXCHANGES, first.result());
            assertEquals(EXCHANGES + 1, second.result());
        }
    }

    /** Sends the even numbers and gets the odd ones, or the other way round. */
    private static long takeTurns(End end, long first) throws IOException {
        for (long number = first; number <= EXCHANGES; number += 2) {
            if (number > 0)
                assertEquals(number - 1, Conversation.readNumber(end));
            Conversation.writeNumber(end, number);
        }
        return first == 0 ? EXCHANGES : Conversation.readNumber(end) + 1;
    }

    /** RacyWrite: a write that has returned no longer uses its buffer. */
    @ForEachWayAndThread
    void theBufferOfAWriteIsFreeAfterwards(Way way, ThreadKind thread) throws Exception {
        way.withEachEnd((subject, peer) -> {
            try (Group writers = new Group(thread, THREADS, () -> {
                for (int i = 0; i < ROUNDS; i++)
                    writeAndReuse(subject, 1 + i * 150);
            })) {
                try (Background<Void> end = start(thread, () -> {
                    writers.await();
                    subject.shutdownOutput();
                    return null;
                })) {
                    assertAllSent(Conversation.readToEnd(peer));
                    end.result();
                }
            }
        });
    }

    static void writeAndReuse(End end, int size) throws IOException {
        byte[] buffer = new byte[size];
        Arrays.fill(buffer, SENT);
        try {
            end.write(buffer);
        } finally {
            Arrays.fill(buffer, REUSED);
        }
    }

    static void assertAllSent(byte[] received) {
        for (int i = 0; i < received.length; i++)
            assertEquals(SENT, received[i], "the byte at " + i + " was written into the buffer after the write");
    }

    /** CloseTimeout. */
    @ForEachWayAndThread
    void aCloseEndsWhatIsUnderWay(Way way, ThreadKind thread) throws Exception {
        way.withEachEnd((subject, peer) -> {
            try (Background<Integer> reader = start(thread, () -> subject.read(new byte[1]));
                 Background<Void> writer = start(thread, () -> writeForever(subject))) {
                awaitPending(subject, reader, writer);
                subject.close();
                assertInstanceOf(subject.endedByClose(), reader.failure());
                assertInstanceOf(subject.endedByClose(), writer.failure());
            }
            assertThrows(IOException.class, () -> subject.read(new byte[1]));
            assertThrows(IOException.class, () -> subject.write(new byte[1]));
        });
    }

    static Void writeForever(End end) throws IOException {
        while (true)
            end.write(new byte[LARGE]);
    }

    static void awaitPending(End end, Background<?> reader, Background<?> writer) {
        Await.until(() -> "the read is not under way", () -> end.isReadPending(reader));
        Await.until(() -> "the write is not under way", () -> end.isWritePending(writer));
    }

    /** ConcurrentMethods. */
    @ForEachWayAndThread
    void allMethodsCanBeCalledAtOnce(Way way, ThreadKind thread) throws Exception {
        way.withEachEnd((subject, peer) -> {
            int total = THREADS * ROUNDS * 1000;
            AtomicLong received = new AtomicLong();
            AtomicInteger busy = new AtomicInteger(2 * THREADS);
            try (Group writers = new Group(thread, THREADS, () -> {
                for (int i = 0; i < ROUNDS; i++)
                    subject.write(new byte[1000]);
                shutDownAfterLast(busy, subject);
            });
                 Group readers = new Group(thread, THREADS, () -> received.addAndGet(countToEnd(subject)));
                 Group others = new Group(thread, THREADS, () -> {
                     for (int i = 0; i < ROUNDS; i++)
                         subject.ask();
                     shutDownAfterLast(busy, subject);
                 });
                 Background<Long> atPeer = start(thread, () -> countToEnd(peer))) {
                Conversation.writeInPieces(peer, new byte[total]);
                peer.shutdownOutput();
                writers.await();
                readers.await();
                others.await();
                assertEquals(total, received.get());
                assertEquals(total, atPeer.result());
            }
            try (Group closing = new Group(thread, THREADS, subject::close)) {
                closing.await();
            }
        });
    }

    private static void shutDownAfterLast(AtomicInteger busy, End end) throws IOException {
        if (busy.decrementAndGet() == 0)
            end.shutdownOutput();
    }

    private static long countToEnd(End end) throws IOException {
        long total = 0;
        byte[] buffer = new byte[100];
        for (int n = end.read(buffer); n >= 0; n = end.read(buffer))
            total += n;
        return total;
    }

    static <T> Background<T> start(ThreadKind thread, Callable<T> call) {
        return Background.start(thread, call);
    }

    /** Several threads that do the same. */
    static final class Group implements AutoCloseable {
        /** What each thread does. */
        interface Task {
            void run() throws Exception;
        }

        private final List<Background<Void>> members = new ArrayList<>();

        Group(ThreadKind thread, int size, Task task) {
            for (int i = 0; i < size; i++)
                members.add(start(thread, () -> {
                    task.run();
                    return null;
                }));
        }

        /** Waits until all have ended, without a failure. */
        void await() {
            members.forEach(Background::result);
        }

        @Override
        public void close() {
            members.forEach(Background::close);
            assertFalse(members.isEmpty());
        }
    }
}
