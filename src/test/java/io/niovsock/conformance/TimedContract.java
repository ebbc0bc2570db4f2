// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.ThreadKind;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a connection does whose reads and writes can be limited, and ended while they are under way. */
abstract class TimedContract extends TimedReadContract {
    /** WriteTimeout: writes that reach their limit do not disturb reads. */
    @ForEachWayAndThread
    void writesWithoutRoomLeaveReadsAlone(Way way, ThreadKind thread) throws Exception {
        byte[] payload = Payload.random(9, LARGE);
        way.withEachEnd((subject, peer) -> {
            CountDownLatch limits = new CountDownLatch(subject.goesOnAfterLimit() ? LIMITS : 1);
            AtomicBoolean received = new AtomicBoolean();
            subject.limitWrites(5 * MILLI);
            try (Background<Void> writer = start(thread, () -> {
                do {
                    assertWriteEnds(subject);
                    limits.countDown();
                } while (subject.goesOnAfterLimit() && !(received.get() && limits.getCount() == 0));
                return null;
            });
                 Background<byte[]> reader = start(thread, () -> Conversation.readExactly(subject, LARGE))) {
                Conversation.writeInPieces(peer, payload);
                assertEquals(Payload.digest(payload), Payload.digest(reader.result()));
                limits.await();
                received.set(true);
                writer.result();
            }
        });
    }

    /** PastTimeout. */
    @ForEachWayAndThread
    void theShortestLimitEndsAWriteAtOnce(Way way, ThreadKind thread) throws Exception {
        way.withEachEnd((subject, peer) -> {
            assertWritesEnd(thread, subject, SHORTEST, subject.goesOnAfterLimit() ? LIMITS : 1);
            assertStillReads(thread, subject, peer);
        });
    }

    /** FutureTimeout. */
    @ForEachWayAndThread
    void aWriteHasItsTime(Way way, ThreadKind thread) throws Exception {
        way.withEachEnd((subject, peer) -> {
            assertWritesEnd(thread, subject, 40 * MILLI, 1);
            assertStillReads(thread, subject, peer);
        });
    }

    private static void assertWritesEnd(ThreadKind thread, End end, long nanos, int times) {
        try (Background<Void> writer = start(thread, () -> {
            end.limitWrites(nanos);
            for (int i = 0; i < times; i++) {
                long start = System.nanoTime();
                assertWriteEnds(end);
                assertTrue(System.nanoTime() - start >= nanos, "too early");
            }
            end.limitWrites(0);
            return null;
        })) {
            writer.result();
        }
    }

    /** PresentTimeout. */
    @ForEachWayAndThread
    void whatIsUnderWayCanBeEnded(Way way, ThreadKind thread) throws Exception {
        way.withEachEnd((subject, peer) -> {
            try (Background<Integer> reader = start(thread, () -> subject.read(new byte[1]));
                 Background<Void> writer = start(thread, () -> writeForever(subject))) {
                awaitPending(subject, reader, writer);
                subject.endPending();
                reader.failure(SocketTimeoutException.class);
                writer.failure(SocketTimeoutException.class);
            }
            if (subject.goesOnAfterLimit())
                assertStillReads(thread, subject, peer);
        });
    }

    /** Writes until a write reaches its limit. */
    private static void assertWriteEnds(End end) {
        assertThrows(SocketTimeoutException.class, () -> writeForever(end));
    }

    /** What fills the connection does not keep the other direction from working. */
    private static void assertStillReads(ThreadKind thread, End subject, End peer) throws IOException {
        Conversation.writeNumber(peer, 20);
        assertEquals(20, Conversation.readNumber(subject));
        if (!subject.goesOnAfterLimit())
            return;
        try (Background<byte[]> atPeer = start(thread, () -> Conversation.readToEnd(peer))) {
            Conversation.writeNumber(subject, 21);
            subject.shutdownOutput();
            byte[] received = atPeer.result();
            assertEquals(21, received[received.length - 1]);
        }
    }
}
