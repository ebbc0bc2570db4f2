package io.niovsock.stream;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Skip;

import java.nio.ByteBuffer;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Buffers over memory that another thread can free: direct, and without an address that could be had. */
class SharedArenaTest {
    private static final int SIZE = 1000;

    /** {@code Arena.ofShared().allocate(SIZE).asByteBuffer()}, which JDK 17 has not. */
    private static ByteBuffer sharedBuffer() throws Exception {
        if (Runtime.version().feature() < 22)
            throw Skip.because("arenas need JDK 22 or later: this is " + Runtime.version());
        Object arena = Class.forName("java.lang.foreign.Arena").getMethod("ofShared").invoke(null);
        Object segment = Class.forName("java.lang.foreign.SegmentAllocator").getMethod("allocate", long.class).invoke(arena, (long) SIZE);
        return (ByteBuffer) Class.forName("java.lang.foreign.MemorySegment").getMethod("asByteBuffer").invoke(segment);
    }

    @ForEachChannel
    void theyAreReadAndWritten(ChannelKind channel) throws Exception {
        ByteBuffer out = sharedBuffer();
        ByteBuffer in = sharedBuffer();
        assertTrue(out.isDirect());
        byte[] bytes = Payload.random(21, SIZE);
        try (Pair pair = Pair.of(channel)) {
            out.put(bytes).flip();
            assertEquals(SIZE, pair.client().write(out));
            while (in.hasRemaining())
                pair.peer().read(in);
            assertHolds(bytes, in);

            out.rewind();
            ByteBuffer one = ByteBuffer.allocate(1);
            assertEquals(SIZE + 1, pair.client().write(new ByteBuffer[] { out, one }));
            in.clear();
            one.clear();
            while (one.hasRemaining())
                pair.peer().read(new ByteBuffer[] { in, one });
            assertHolds(bytes, in);
        }
    }

    private static void assertHolds(byte[] expected, ByteBuffer buffer) {
        byte[] actual = new byte[SIZE];
        buffer.flip().get(actual);
        assertArrayEquals(expected, actual, () -> Arrays.toString(actual));
    }
}
