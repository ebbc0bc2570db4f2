// SPDX-License-Identifier: Apache-2.0
package io.niovsock.close;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;

import static io.niovsock.testkit.Failures.assertEndedByClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

class CloseWhileWritingTest {
    @ForEachChannelAndThread
    void aWriteOfWhichNothingFitEnds(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            try (Background<Integer> writer = Streams.startBlockedWrite(channel, thread, pair.client(), () -> {
                for (;;) // TCP may find room after all
                    pair.client().write(ByteBuffer.allocate(1));
            })) {
                pair.client().close();
                assertEndedByClose(channel, writer);
                assertFalse(pair.client().isOpen());
            }
        }
    }

    @ForEachChannelAndThread
    void aGatheringWriteEndsToo(ChannelKind channel, ThreadKind thread) throws Exception {
        ByteBuffer[] srcs = { ByteBuffer.allocate(1), ByteBuffer.allocateDirect(1) };
        try (Pair pair = Pair.of(channel)) {
            try (Background<Long> writer = Streams.startBlockedWrite(channel, thread, pair.client(), () -> {
                for (;;) {
                    Arrays.stream(srcs).forEach(ByteBuffer::clear);
                    pair.client().write(srcs);
                }
            })) {
                pair.client().close();
                assertEndedByClose(channel, writer);
            }
        }
    }

    /** A write that has moved some bytes returns their number; the next write meets the close. */
    @ForEachChannelAndThread
    void aWriterOfMuchEnds(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel);
             Background<Void> writer = Background.start(thread, () -> {
                 while (true)
                     pair.client().write(ByteBuffer.allocate(1 << 20));
             })) {
            writer.awaitBlocked();
            pair.client().close();
            assertInstanceOf(ClosedChannelException.class, writer.failure());
        }
    }

    @ForEachChannelAndThread
    void aWriteThroughTheSocketsStreamFailsAsThePlatforms(ChannelKind channel, ThreadKind thread) throws Exception {
        assertEquals(failureOfStreamWrite(ChannelKind.JDK_TCP, thread), failureOfStreamWrite(channel, thread));
    }

    private static Class<?> failureOfStreamWrite(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            OutputStream out = pair.client().socket().getOutputStream();
            try (Background<Void> writer = Streams.startBlockedWrite(channel, thread, pair.client(), () -> {
                out.write(1);
                return null;
            })) {
                pair.client().socket().close();
                Throwable failure = writer.failure();
                assertFalse(pair.client().isOpen());
                // a TCP write may have been between two system calls
                return failure.getClass() == ClosedChannelException.class && !channel.isVsock()
                    ? AsynchronousCloseException.class : failure.getClass();
            }
        }
    }

    @ForEachChannelAndThread
    void aWriteThroughAStreamOfChannelsEndsToo(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            OutputStream out = Channels.newOutputStream(pair.client());
            try (Background<Void> writer = Streams.startBlockedWrite(channel, thread, pair.client(), () -> {
                for (;;)
                    out.write(1);
            })) {
                pair.client().close();
                assertInstanceOf(ClosedChannelException.class, writer.failure());
            }
        }
    }
}
