// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Machine;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.InterruptedByTimeoutException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static io.niovsock.asynchronous.Outcome.resultOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Reads and writes that do not end in time. */
class TimeoutTest {
    @ForEachAsynchronousKind
    void aReadFailsAfterItsTime(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Outcome<Integer> read = new Outcome<>();
            long start = System.nanoTime();
            pair.client().read(ByteBuffer.allocate(1), 50, TimeUnit.MILLISECONDS, ATTACHMENT, read);
            read.failure(InterruptedByTimeoutException.class);
            assertTrue(System.nanoTime() - start >= 50_000_000);
            assertThrows(IllegalStateException.class, () -> pair.client().read(ByteBuffer.allocate(1)));
            assertTrue(pair.client().isOpen());
            AsynchronousPair.send(pair.client(), "still");
            assertEquals("still", AsynchronousPair.receive(pair.peer(), 5));
        }
    }

    @ForEachAsynchronousKind
    void aScatteringReadFailsAfterItsTime(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Outcome<Long> read = new Outcome<>();
            pair.client().read(new ByteBuffer[] { ByteBuffer.allocate(1) }, 0, 1, 1, TimeUnit.MILLISECONDS, ATTACHMENT,
                read);
            read.failure(InterruptedByTimeoutException.class);
        }
    }

    @ForEachAsynchronousKind
    void aWriteFailsAfterItsTime(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Outcome<Integer> write;
            do {
                write = new Outcome<>();
                pair.client().write(ByteBuffer.allocate(1 << 20), 300, TimeUnit.MILLISECONDS, ATTACHMENT, write);
                write.thread();
            } while (succeeded(write));
            write.failure(InterruptedByTimeoutException.class);
            assertThrows(IllegalStateException.class, () -> pair.client().write(ByteBuffer.allocate(1)));
        }
    }

    private static boolean succeeded(Outcome<?> outcome) throws Exception {
        try {
            outcome.value();
            return true;
        } catch (ExecutionException e) {
            return false;
        }
    }

    @ForEachAsynchronousKind
    void aReadThatEndsInTimeSucceeds(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Outcome<Integer> read = new Outcome<>();
            pair.client().read(ByteBuffer.allocate(9), 1, TimeUnit.HOURS, ATTACHMENT, read);
            AsynchronousPair.send(pair.peer(), "ping");
            assertEquals(4, read.value());
            pair.assertConnected();
        }
    }

    @ForEachAsynchronousKind
    void noTimeoutIsNone(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            for (long timeout : new long[] { 0, -1, Long.MAX_VALUE }) {
                Outcome<Integer> read = new Outcome<>();
                pair.client().read(ByteBuffer.allocate(1), timeout, TimeUnit.SECONDS, ATTACHMENT, read);
                AsynchronousPair.send(pair.peer(), "1");
                assertEquals(1, read.value());
            }
        }
    }

    /** A read that gets its bytes leaves the channel readable, and one that has timed out does not. */
    @ForEachAsynchronousKind
    void aTimeoutThatRacesWithDataLeavesOneOutcome(AsynchronousKind kind) throws Exception {
        for (int i = 0; i < Machine.rounds(600); i++) {
            try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
                AsynchronousSocketChannel client = pair.client();
                ByteBuffer dst = ByteBuffer.allocate(4);
                Outcome<Integer> read = new Outcome<>();
                client.read(dst, 20 + i % 7 * 30, TimeUnit.MICROSECONDS, ATTACHMENT, read);
                AsynchronousPair.send(pair.peer(), "ping");
                read.thread();
                try {
                    assertEquals(4, read.value());
                    assertEquals(4, dst.position());
                    AsynchronousPair.send(pair.peer(), "pong");
                    assertEquals(4, resultOf(client.read(dst.clear())));
                } catch (ExecutionException e) {
                    assertInstanceOf(InterruptedByTimeoutException.class, e.getCause());
                    assertThrows(IllegalStateException.class, () -> client.read(ByteBuffer.allocate(1)));
                }
            }
        }
    }
}
