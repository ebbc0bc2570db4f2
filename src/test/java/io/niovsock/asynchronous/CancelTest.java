// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.Machine;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Futures that are cancelled. */
class CancelTest {
    private static void assertCancelled(Future<?> future) {
        assertTrue(future.isCancelled() && future.isDone());
        assertThrows(CancellationException.class, future::get);
        assertThrows(CancellationException.class, () -> future.get(1, TimeUnit.SECONDS));
        assertFalse(future.cancel(true));
    }

    @ForEachAsynchronousKind
    void aCancelledReadEndsReading(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Future<Integer> read = pair.client().read(ByteBuffer.allocate(1));
            assertTrue(read.cancel(false));
            assertCancelled(read);
            assertThrows(IllegalStateException.class, () -> pair.client().read(ByteBuffer.allocate(1)));
            AsynchronousPair.send(pair.client(), "still");
            assertEquals("still", AsynchronousPair.receive(pair.peer(), 5));
        }
    }

    @ForEachAsynchronousKind
    void aReadCancelledByForceClosesTheChannel(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Future<Integer> read = pair.client().read(ByteBuffer.allocate(1));
            Outcome<Integer> write = AsynchronousPair.fill(pair.client());
            assertTrue(read.cancel(true));
            assertCancelled(read);
            assertFalse(pair.client().isOpen());
            AsynchronousPair.assertEndedByClose(kind, write);
        }
    }

    @ForEachAsynchronousKind
    void aReadThatHasEndedCannotBeCancelled(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Future<Integer> read = pair.client().read(ByteBuffer.allocate(1));
            AsynchronousPair.send(pair.peer(), "1");
            assertEquals(1, Outcome.resultOf(read));
            assertFalse(read.cancel(true));
            assertFalse(read.isCancelled());
            assertTrue(pair.client().isOpen());
            pair.assertConnected();
        }
    }

    @ForEachAsynchronousKind
    void aFutureWaitsForItsTimeOnly(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Future<Integer> read = pair.client().read(ByteBuffer.allocate(1));
            assertThrows(TimeoutException.class, () -> read.get(1, TimeUnit.MILLISECONDS));
            AsynchronousPair.send(pair.peer(), "1");
            assertEquals(1, Outcome.resultOf(read));
        }
    }

    @ForEachAsynchronousKind
    void aCancelledAcceptEndsAccepting(AsynchronousKind kind) throws Exception {
        try (AsynchronousServerSocketChannel server = kind.listen(null)) {
            Future<AsynchronousSocketChannel> accept = server.accept();
            assertTrue(accept.cancel(false));
            assertCancelled(accept);
            assertThrows(RuntimeException.class, server::accept);
            assertTrue(server.isOpen());
        }
    }

    @ForEachAsynchronousKind
    void anAcceptCancelledByForceClosesTheListener(AsynchronousKind kind) throws Exception {
        try (AsynchronousServerSocketChannel server = kind.listen(null)) {
            Future<AsynchronousSocketChannel> accept = server.accept();
            assertTrue(accept.cancel(true));
            assertCancelled(accept);
            assertFalse(server.isOpen());
        }
    }

    /** A connection that comes to a cancelled accept is closed: its peer reads the end, and nothing leaks. */
    @ForEachAsynchronousKind
    void aCancelThatRacesWithAConnectionLeaksNothing(AsynchronousKind kind) throws Exception {
        for (int i = 0; i < Machine.rounds(300); i++) {
            try (AsynchronousServerSocketChannel server = kind.listen(null);
                 AsynchronousSocketChannel client = kind.openClient(null)) {
                Future<AsynchronousSocketChannel> accept = server.accept();
                Future<Void> connect = client.connect(server.getLocalAddress());
                if (!accept.cancel(false))
                    Outcome.resultOf(accept).close();
                Outcome.resultOf(connect);
            }
        }
    }

    @ForEachAsynchronousKind
    void theChannelThatACancelledReadClosesTellsItsPeer(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Outcome<Integer> end = new Outcome<>();
            pair.peer().read(ByteBuffer.allocate(1), ATTACHMENT, end);
            pair.client().read(ByteBuffer.allocate(1)).cancel(true);
            assertEquals(-1, end.value());
            Await.until(() -> "the channel is open", () -> !pair.client().isOpen());
        }
    }
}
