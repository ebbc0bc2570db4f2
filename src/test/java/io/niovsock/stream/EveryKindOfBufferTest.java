// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stream;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EveryKindOfBufferTest {
    // all of it fits into the buffers of a socket
    private static final int[] SIZES = { 1, 2, 4095, 4097, 16_383, 16_384, 60_000 };

    static List<Arguments> channelsAndShapes() {
        List<Arguments> all = new ArrayList<>();
        for (ChannelKind channel : ChannelKind.values())
            for (BufferShape shape : BufferShape.values())
                all.add(Arguments.of(channel, shape));
        return all;
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("channelsAndShapes")
    void aBufferIsWrittenFromItsPositionToItsLimit(ChannelKind channel, BufferShape shape) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            for (int size : SIZES) {
                byte[] bytes = Payload.random(size, size);
                ByteBuffer src = shape.holding(bytes);
                int start = src.position();
                int limit = src.limit();

                assertEquals(size, pair.client().write(src));
                assertEquals(limit, src.position());
                assertEquals(limit, src.limit());
                assertEquals(start + size, limit);
                assertArrayEquals(bytes, Streams.readExactly(pair.peer(), size));
            }
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("channelsAndShapes")
    void aBufferIsReadIntoFromItsPositionAtMostToItsLimit(ChannelKind channel, BufferShape shape) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            for (int size : SIZES) {
                byte[] bytes = Payload.random(size, size + 1);
                Streams.write(pair.peer(), bytes);
                ByteBuffer dst = shape.withRoomFor(size);
                int start = dst.position();
                int limit = dst.limit();

                while (dst.hasRemaining()) {
                    int before = dst.position();
                    int n = pair.client().read(dst);
                    assertTrue(n > 0, () -> "read gave " + n);
                    assertEquals(before + n, dst.position());
                    assertEquals(limit, dst.limit());
                }
                byte[] read = new byte[size];
                dst.duplicate().position(start).get(read);
                assertEquals(Payload.digest(Arrays.copyOf(bytes, size)), Payload.digest(read));
                BufferShape.assertGuardsUntouched(dst, start, size);

                assertEquals(bytes[size], Streams.readExactly(pair.client(), 1)[0], "the byte that did not fit");
            }
        }
    }
}
