// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.ThreadKind;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a connection does whose reads can be limited. */
abstract class TimedReadContract extends ConnectionContract {
    static final long MILLI = 1_000_000;
    static final long SHORTEST = 1;
    static final int LIMITS = 3;

    /** ReadTimeout: reads that reach their limit do not disturb writes. */
    @ForEachWayAndThread
    void readsWithoutDataLeaveWritesAlone(Way way, ThreadKind thread) throws Exception {
        byte[] payload = Payload.random(8, LARGE);
        way.withEachEnd((subject, peer) -> {
            CountDownLatch limits = new CountDownLatch(subject.goesOnAfterLimit() ? LIMITS : 1);
            AtomicBoolean written = new AtomicBoolean();
            subject.limitReads(MILLI);
            try (Background<byte[]> atPeer = start(thread, () -> Conversation.readToEnd(peer));
                 Background<Void> reader = start(thread, () -> {
                     do {
                         assertReadEnds(subject);
                         limits.countDown();
                     } while (subject.goesOnAfterLimit() && !(written.get() && limits.getCount() == 0));
                     return null;
                 })) {
                Conversation.writeInPieces(subject, payload);
                limits.await();
                written.set(true);
                reader.result();
                subject.write(new byte[1]);
                subject.shutdownOutput();
                byte[] received = atPeer.result();
                assertEquals(LARGE + 1, received.length);
                assertEquals(Payload.digest(payload), Payload.digest(Arrays.copyOf(received, LARGE)));
            }
        });
    }

    /** PastTimeout: the shortest limit there is. */
    @ForEachWayAndThread
    void theShortestLimitEndsAReadAtOnce(Way way, ThreadKind thread) throws Exception {
        way.withEachEnd((subject, peer) -> {
            assertReadsEnd(thread, subject, SHORTEST, subject.goesOnAfterLimit() ? LIMITS : 1);
            assertStillConnected(subject, peer);
        });
    }

    /** FutureTimeout. */
    @ForEachWayAndThread
    void aReadHasItsTime(Way way, ThreadKind thread) throws Exception {
        way.withEachEnd((subject, peer) -> {
            assertReadsEnd(thread, subject, 40 * MILLI, 1);
            assertStillConnected(subject, peer);
        });
    }

    private static void assertReadsEnd(ThreadKind thread, End end, long nanos, int times) {
        try (Background<Void> reader = start(thread, () -> {
            end.limitReads(nanos);
            for (int i = 0; i < times; i++) {
                long start = System.nanoTime();
                assertReadEnds(end);
                assertTrue(System.nanoTime() - start >= nanos, "too early");
            }
            end.limitReads(0);
            return null;
        })) {
            reader.result();
        }
    }

    static void assertReadEnds(End end) {
        assertThrows(SocketTimeoutException.class, () -> end.read(new byte[1]));
    }

    /** Both directions work; if a limit ends the use of one, the other works. */
    static void assertStillConnected(End subject, End peer) throws IOException {
        if (subject.goesOnAfterLimit()) {
            Conversation.assertConnected(subject, peer);
            return;
        }
        Conversation.writeNumber(subject, 19);
        assertEquals(19, Conversation.readNumber(peer));
    }
}
