// SPDX-License-Identifier: Apache-2.0
package io.niovsock.close;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;

import static io.niovsock.testkit.Failures.assertEndedByClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

class CloseWhileReadingTest {
    @ForEachChannelAndThread
    void theReadEndsAndThePeerReadsTheEnd(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel);
             Background<Integer> reader = Background.start(thread, () -> pair.client().read(ByteBuffer.allocate(1)))) {
            reader.awaitBlocked();
            pair.client().close();
            reader.failure(AsynchronousCloseException.class);
            assertFalse(pair.client().isOpen());
            Streams.assertEnd(pair.peer());
        }
    }

    @ForEachChannelAndThread
    void aReadOfAnAcceptedChannelEndsToo(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel);
             Background<Integer> reader = Background.start(thread,
                 () -> pair.peer().read(ByteBuffer.allocateDirect(1)))) {
            reader.awaitBlocked();
            pair.peer().close();
            reader.failure(AsynchronousCloseException.class);
            Streams.assertEnd(pair.client());
        }
    }

    @ForEachChannelAndThread
    void aScatteringReadEndsToo(ChannelKind channel, ThreadKind thread) throws Exception {
        ByteBuffer[] dsts = { ByteBuffer.allocate(1), ByteBuffer.allocateDirect(1) };
        try (Pair pair = Pair.of(channel);
             Background<Long> reader = Background.start(thread, () -> pair.client().read(dsts))) {
            reader.awaitBlocked();
            pair.client().close();
            reader.failure(AsynchronousCloseException.class);
            Streams.assertEnd(pair.peer());
        }
    }

    /** The exception of a blocked stream of a channel's socket is the platform's. */
    @ForEachChannelAndThread
    void aReadThroughTheSocketsStreamFailsAsThePlatforms(ChannelKind channel, ThreadKind thread) throws Exception {
        assertEquals(failureOfStreamRead(ChannelKind.JDK_TCP, thread, 0), failureOfStreamRead(channel, thread, 0));
    }

    @ForEachChannelAndThread
    void aTimedReadThroughTheSocketsStreamFailsAsThePlatforms(ChannelKind channel, ThreadKind thread) throws Exception {
        assertEquals(failureOfStreamRead(ChannelKind.JDK_TCP, thread, 60_000),
            failureOfStreamRead(channel, thread, 60_000));
    }

    private static Class<?> failureOfStreamRead(ChannelKind channel, ThreadKind thread, int timeoutMillis)
        throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().socket().setSoTimeout(timeoutMillis);
            InputStream in = pair.client().socket().getInputStream();
            try (Background<Integer> reader = Background.start(thread, in::read)) {
                reader.awaitBlocked();
                pair.client().socket().close();
                Throwable failure = reader.failure();
                assertFalse(pair.client().isOpen());
                assertFalse(pair.client().isConnected());
                Streams.assertEnd(pair.peer());
                return failure.getClass();
            }
        }
    }

    @ForEachChannelAndThread
    void aReadThroughAStreamOfChannelsEndsToo(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            InputStream in = Channels.newInputStream(pair.client());
            try (Background<Integer> reader = Background.start(thread, in::read)) {
                reader.awaitBlocked();
                pair.client().close();
                assertInstanceOf(ClosedChannelException.class, reader.failure());
                Streams.assertEnd(pair.peer());
            }
        }
    }

    @ForEachChannelAndThread
    void bothAReaderAndAWriterEnd(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            try (Background<Integer> writer = Streams.startBlockedWrite(channel, thread, pair.client(),
                () -> pair.client().write(ByteBuffer.allocate(1)));
                 Background<Integer> reader = Background.start(thread,
                     () -> pair.client().read(ByteBuffer.allocate(1)))) {
                reader.awaitBlocked();
                pair.client().close();
                reader.failure(AsynchronousCloseException.class);
                assertEndedByClose(channel, writer);
            }
        }
    }

    /** Threads that wait for the reading thread's lock. */
    @ForEachChannelAndThread
    void allReadersEnd(ChannelKind channel, ThreadKind thread) throws Exception {
        List<Background<Integer>> readers = new ArrayList<>();
        try (Pair pair = Pair.of(channel)) {
            for (int i = 0; i < 5; i++)
                readers.add(Background.start(thread, () -> pair.client().read(ByteBuffer.allocate(1))));
            Await.until(() -> "no reader blocks", () -> readers.stream().anyMatch(Background::isBlocked));
            pair.client().close();
            for (Background<Integer> reader : readers)
                assertInstanceOf(ClosedChannelException.class, reader.failure());
            Streams.assertEnd(pair.peer());
        } finally {
            readers.forEach(Background::close);
        }
    }

    @ForEachChannelAndThread
    void closingItFromSeveralThreadsAtOnceIsClosingItOnce(ChannelKind channel, ThreadKind thread) throws Exception {
        int closers = 8;
        CyclicBarrier start = new CyclicBarrier(closers);
        List<Background<Void>> closing = new ArrayList<>();
        try (Pair pair = Pair.of(channel);
             Background<Integer> reader = Background.start(thread, () -> pair.client().read(ByteBuffer.allocate(1)))) {
            reader.awaitBlocked();
            for (int i = 0; i < closers; i++)
                closing.add(Background.start(thread, () -> {
                    start.await();
                    pair.client().close();
                    assertFalse(pair.client().isOpen());
                    return null;
                }));
            for (Background<Void> closer : closing)
                closer.result();
            reader.failure(AsynchronousCloseException.class);
        } finally {
            closing.forEach(Background::close);
        }
    }

    /**
     * Another socket may get the number as soon as it is free. The thread that was blocked must not use it any more.
     */
    @ForEachChannel
    void theDescriptorIsNotGivenAwayUnderTheReader(ChannelKind channel) throws Exception {
        for (int i = 0; i < 50; i++) {
            try (Pair pair = Pair.of(channel);
                 Background<Integer> reader = Background.start(() -> pair.client().read(ByteBuffer.allocate(100)))) {
                reader.awaitBlocked();
                pair.client().close();
                try (Pair next = Pair.of(channel)) {
                    Streams.write(next.peer(), "for the next one");
                    reader.failure(AsynchronousCloseException.class);
                    assertEquals("for the next one", Streams.readText(next.client(), 16));
                }
            }
        }
    }
}
