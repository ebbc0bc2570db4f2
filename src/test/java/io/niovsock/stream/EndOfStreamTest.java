// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stream;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A connection whose peer has closed. */
class EndOfStreamTest {
    @ForEachChannel
    void whatThePeerWroteBeforeItClosedIsReadFirst(ChannelKind channel) throws Exception {
        byte[] bytes = Payload.random(4, 30_000);
        try (Pair pair = Pair.of(channel)) {
            Streams.write(pair.peer(), bytes);
            pair.peer().close();
            assertEquals(Payload.digest(bytes), Payload.digest(Streams.readToEnd(pair.client())));
        }
    }

    @ForEachChannel
    void theEndIsReadAgainAndAgain(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.peer().close();
            for (int i = 0; i < 3; i++) {
                Streams.assertEnd(pair.client());
                assertEquals(-1, pair.client()
                    .read(new ByteBuffer[] { ByteBuffer.allocate(1), ByteBuffer.allocateDirect(1) }));
            }
            pair.client().configureBlocking(false);
            Streams.assertEnd(pair.client());
            assertTrue(pair.client().isOpen());
            assertTrue(pair.client().isConnected());
        }
    }

    @ForEachChannel
    void aWriteToAPeerThatIsGoneFailsInTheEnd(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.peer().close();
            IOException e = assertThrows(IOException.class, () -> {
                while (true)
                    Streams.write(pair.client(), "hello?");
            });
            assertEquals(IOException.class, e.getClass());
            assertTrue(Set.of("Broken pipe", "Connection reset by peer").contains(e.getMessage()), e.getMessage());
            assertTrue(pair.client().isOpen(), "closing it is left to the program");
        }
    }

    /** A peer that closes with unread bytes resets a TCP connection; on vsock the stream ends. */
    @ForEachChannel
    void aResetIsReportedAndStays(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Streams.write(pair.client(), "never read");
            Await.until(() -> "the bytes have not arrived", () -> {
                pair.peer().configureBlocking(false);
                return pair.peer().read(ByteBuffer.allocate(1)) == 1;
            });
            pair.peer().close();
            if (channel.isVsock()) {
                Streams.assertEnd(pair.client());
                return;
            }
            for (int i = 0; i < 2; i++) {
                SocketException e = assertThrows(SocketException.class, () -> Streams.assertEnd(pair.client()));
                assertEquals("Connection reset", e.getMessage());
                assertTrue(pair.client().isOpen());
            }
            SocketException e = assertThrows(SocketException.class,
                () -> pair.client().read(new ByteBuffer[] { ByteBuffer.allocate(1) }));
            assertEquals("Connection reset", e.getMessage());
        }
    }

    @ForEachVsockChannel
    void theStackTraceNamesThePeer(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            String peer = pair.client().getRemoteAddress().toString();
            pair.peer().close();
            IOException e = assertThrows(IOException.class, () -> {
                while (true)
                    Streams.write(pair.client(), "hello?");
            });
            assertEquals("write to " + peer, e.getSuppressed()[0].getMessage());
            assertNull(e.getCause(), "programs look at the message of the last cause");
        }
    }
}
