// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.ThreadKind;

import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a connection does that can be read again after a read has reached its limit. */
interface RepeatedReadContract {
    int READERS = 4;
    int READS = 15;

    /** RacyRead: a read that has ended no longer uses its buffer, and no byte is lost at a limit. */
    @ForEachWayAndThread
    default void theBufferOfAReadIsFreeAfterwards(Way way, ThreadKind thread) throws Exception {
        way.withEachEnd((subject, peer) -> {
            List<byte[]> reused = new CopyOnWriteArrayList<>();
            AtomicLong sent = new AtomicLong();
            AtomicLong received = new AtomicLong();
            subject.limitReads(TimedReadContract.MILLI);
            try (ConnectionContract.Group readers = new ConnectionContract.Group(thread, READERS, () -> {
                Random random = new Random(READS);
                for (int i = 0; i < READS; i++) {
                    byte[] buffer = new byte[32];
                    try {
                        received.addAndGet(subject.read(buffer));
                    } catch (SocketTimeoutException limit) {
                        byte[] piece = new byte[1 + random.nextInt(200)];
                        sent.addAndGet(piece.length);
                        peer.write(piece);
                    }
                    Arrays.fill(buffer, ConnectionContract.REUSED);
                    reused.add(buffer);
                }
            })) {
                readers.await();
            }
            subject.limitReads(0);
            peer.shutdownOutput();
            assertEquals(sent.get(), received.get() + Conversation.readToEnd(subject).length);
            byte[] expected = new byte[32];
            Arrays.fill(expected, ConnectionContract.REUSED);
            reused.forEach(buffer -> assertTrue(Arrays.equals(expected, buffer), "written after the read"));
        });
    }
}
