// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stream;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

import static io.niovsock.testkit.Failures.assertClosed;
import static io.niovsock.testkit.Failures.assertEndedByClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class HalfCloseTest {
    @ForEachChannel
    void thePeerReadsTheRestAndThenTheEndAndCanStillAnswer(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Streams.write(pair.client(), "question");
            assertSame(pair.client(), pair.client().shutdownOutput());

            assertEquals("question", new String(Streams.readToEnd(pair.peer())));
            Streams.assertEnd(pair.peer());
            Streams.write(pair.peer(), "answer");
            assertEquals("answer", Streams.readText(pair.client(), 6));
            assertTrue(pair.client().isOpen());
            assertTrue(pair.client().isConnected());
        }
    }

    @ForEachChannel
    void anAcceptedChannelCanCloseItsHalfToo(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Streams.write(pair.peer(), "question");
            pair.peer().shutdownOutput();
            assertEquals("question", new String(Streams.readToEnd(pair.client())));
            Streams.assertEnd(pair.client());
            Streams.write(pair.client(), "still here");
            assertEquals("still here", Streams.readText(pair.peer(), 10));
        }
    }

    @ForEachChannel
    void aWriteAfterItIsRefused(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().shutdownOutput();
            for (ByteBuffer src : new ByteBuffer[] { Streams.buffer("x"), ByteBuffer.allocateDirect(1),
                ByteBuffer.allocate(0) }) {
                assertClosed(channel, () -> pair.client().write(src));
                assertClosed(channel, () -> pair.client().write(new ByteBuffer[] { src }));
            }
            assertTrue(pair.client().isOpen());
        }
    }

    @ForEachChannel
    void shutDownInputReadsAsTheEnd(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertSame(pair.client(), pair.client().shutdownInput());
            Streams.assertEnd(pair.client());
            assertEquals(-1, pair.client().read(new ByteBuffer[] { ByteBuffer.allocate(1) }));
            Streams.write(pair.client(), "out");
            assertEquals("out", Streams.readText(pair.peer(), 3));
        }
    }

    @ForEachChannel
    void inputThatCameBeforeIsLostToo(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Streams.write(pair.peer(), "unread");
            pair.client().shutdownInput();
            Streams.assertEnd(pair.client());
        }
    }

    @ForEachChannel
    void doingItAgainChangesNothing(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().shutdownOutput().shutdownOutput();
            pair.client().shutdownInput().shutdownInput();
            assertTrue(pair.client().isOpen());
            pair.client().close();
            assertClosed(channel, () -> pair.client().shutdownInput());
            assertClosed(channel, () -> pair.client().shutdownOutput());
        }
    }

    @ForEachChannel
    void bothHalvesCanBeClosedWhenThePeerIsGone(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.peer().close();
            Streams.assertEnd(pair.client());
            pair.client().shutdownOutput();
            pair.client().shutdownInput();
            Streams.assertEnd(pair.client());
        }
    }

    @ForEachChannel
    void theEndIsReadStillWhenThisHalfIsClosedAfterIt(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.peer().close();
            assertEndBeforeAndAfterShutdown(pair.client());
        }
    }

    @ForEachChannel
    void anAcceptedChannelReadsTheEndStillWhenItsHalfIsClosedAfterIt(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().close();
            assertEndBeforeAndAfterShutdown(pair.peer());
        }
    }

    private static void assertEndBeforeAndAfterShutdown(SocketChannel channel) throws IOException {
        Streams.assertEnd(channel);
        channel.shutdownOutput();
        Streams.assertEnd(channel);
        assertEquals(-1, channel.read(new ByteBuffer[] { ByteBuffer.allocate(1) }));
        assertEquals(-1, channel.socket().getInputStream().read());
    }

    @ForEachChannel
    void theSocketTellsWhichHalfIsClosed(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertFalse(pair.client().socket().isInputShutdown());
            assertFalse(pair.client().socket().isOutputShutdown());
            pair.client().shutdownInput();
            assertTrue(pair.client().socket().isInputShutdown());
            assertFalse(pair.client().socket().isOutputShutdown());
            assertTrue(pair.client().toString().contains("ishut"), pair.client()::toString);
            pair.client().shutdownOutput();
            assertTrue(pair.client().socket().isOutputShutdown());
            assertTrue(pair.client().toString().contains("oshut"), pair.client()::toString);
            pair.peer().shutdownOutput();
            assertTrue(pair.peer().socket().isOutputShutdown());
            assertFalse(pair.peer().socket().isInputShutdown());
        }
    }

    @ForEachChannelAndThread
    void aBlockedReaderIsToldTheEndByShutdownInput(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel);
             Background<Integer> reader = Background.start(thread, () -> pair.client().read(ByteBuffer.allocate(1)))) {
            reader.awaitBlocked();
            pair.client().shutdownInput();
            assertEquals(-1, reader.result());
            assertTrue(pair.client().isOpen());
        }
    }

    @ForEachChannelAndThread
    void aBlockedReaderIsToldTheEndByItsPeer(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel);
             Background<Integer> reader = Background.start(thread,
                 () -> pair.client().read(ByteBuffer.allocateDirect(1)))) {
            reader.awaitBlocked();
            pair.peer().shutdownOutput();
            assertEquals(-1, reader.result());
        }
    }

    /**
     * Java's contract for shutdownOutput by another thread: the write ends as with a close, and the channel stays open.
     */
    @ForEachChannelAndThread
    void aBlockedWriterIsEndedByShutdownOutput(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            try (Background<Integer> writer = Streams.startBlockedWrite(channel, thread, pair.client(),
                () -> pair.client().write(ByteBuffer.allocate(1)))) {
                pair.client().shutdownOutput();
                assertEndedByClose(channel, writer);
                assertTrue(pair.client().isOpen());
            }
        }
    }
}
