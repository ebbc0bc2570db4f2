// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stream;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A buffer that is given several times is moved as many times, each time from its position at the start. */
class SameBufferTwiceTest {
    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    @ForEachChannel
    void itIsSentTwice(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            for (ByteBuffer src : List.of(Streams.buffer("abc"), direct("abc".getBytes()))) {
                assertEquals(7, pair.client().write(new ByteBuffer[] { src, Streams.buffer("-"), src }));
                assertEquals(3, src.position());
                assertEquals("abc-abc", Streams.readText(pair.peer(), 7));
            }
        }
    }

    /** More than the kernel accepts at once: exactly the bytes that remained at the start are sent. */
    @ForEachVsockChannel
    void itIsSentTwiceInPiecesToo(ChannelKind channel) throws Exception {
        byte[] bytes = Payload.random(41, 3_000_000);
        byte[] twice = Arrays.copyOf(bytes, 2 * bytes.length);
        System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
        for (ByteBuffer src : List.of(ByteBuffer.wrap(bytes), direct(bytes)))
            try (Pair pair = Pair.of(channel);
                 Background<byte[]> reader = Background.start(() -> Streams.readExactly(pair.peer(), twice.length))) {
                assertEquals(twice.length, pair.client().write(new ByteBuffer[] { src, src }));
                assertArrayEquals(twice, reader.result());
                assertEquals(bytes.length, src.position());
                pair.client().shutdownOutput();
                assertEquals(-1, pair.peer().read(ByteBuffer.allocate(1)));
            }
    }

    /**
     * In non-blocking mode the position is behind the last byte sent of the last part, as with the platform's channels.
     */
    @ForEachChannel
    void whatWasSentOfItIsWhatIsReported(ChannelKind channel) throws Exception {
        byte[] bytes = Payload.random(42, 2_000_000);
        try (Pair pair = Pair.of(channel)) {
            pair.client().configureBlocking(false);
            ByteBuffer src = direct(bytes);
            long n = pair.client().write(new ByteBuffer[] { src, src, src, src });
            assertTrue(n > 0 && n < 4L * bytes.length, () -> "not all of it has room: " + n);
            assertEquals(n % bytes.length, src.position() % bytes.length);
            pair.client().shutdownOutput();
            assertEquals(n, Streams.readToEnd(pair.peer()).length);
        }
    }

    @ForEachChannel
    void itIsReceivedIntoTwice(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            for (ByteBuffer dst : channel.isVsock() ? List.of(ByteBuffer.allocate(3), ByteBuffer.allocateDirect(3))
                    : List.of(ByteBuffer.allocateDirect(3))) { // the platform's throws for a heap buffer
                Streams.write(pair.peer(), "abcdef");
                assertEquals(6, pair.client().read(new ByteBuffer[] { dst, dst }));
                assertEquals(3, dst.position());
                assertEquals("def", new String(new byte[] { dst.get(0), dst.get(1), dst.get(2) }));
            }
            Streams.assertConnected(pair);
        }
    }
}
