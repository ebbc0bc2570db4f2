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
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ScatterGatherTest {
    /** Divides the bytes among {@code count} buffers, of all shapes and sizes, some empty. */
    private static ByteBuffer[] cut(byte[] bytes, int count) {
        Random random = new Random(count);
        ByteBuffer[] pieces = new ByteBuffer[count];
        int start = 0;
        for (int i = 0; i < count; i++) {
            int fair = (bytes.length - start) / (count - i);
            int size = i == count - 1 ? bytes.length - start : random.nextInt(5) == 0 ? 0
                : random.nextInt(2 * fair + 1);
            size = Math.min(size, bytes.length - start);
            pieces[i] = BufferShape.values()[i % BufferShape.values()
                .length].holding(Arrays.copyOfRange(bytes, start, start + size));
            start += size;
        }
        return pieces;
    }

    private static ByteBuffer[] room(int size, int count) {
        ByteBuffer[] rooms = cut(new byte[size], count);
        for (int i = 0; i < count; i++)
            rooms[i] = BufferShape.values()[i % BufferShape.values().length].withRoomFor(rooms[i].remaining());
        return rooms;
    }

    private static long remaining(ByteBuffer[] buffers) {
        return Arrays.stream(buffers).mapToLong(ByteBuffer::remaining).sum();
    }

    private static void writeAll(Pair pair, ByteBuffer[] srcs) throws Exception {
        for (long left = remaining(srcs); left > 0;) {
            long n = pair.client().write(srcs);
            assertTrue(n > 0, () -> "write gave " + n);
            left -= n;
            assertEquals(left, remaining(srcs), "what is reported and what the positions say");
        }
    }

    @ForEachChannel
    void buffersOfAllKindsAreGatheredInOrder(ChannelKind channel) throws Exception {
        byte[] bytes = Payload.random(1, 50_000);
        try (Pair pair = Pair.of(channel)) {
            ByteBuffer[] srcs = cut(bytes, 2 * BufferShape.values().length);
            assertEquals(bytes.length, pair.client().write(srcs), "blocking, and room for all");
            assertEquals(0, remaining(srcs));
            assertArrayEquals(bytes, Streams.readExactly(pair.peer(), bytes.length));
        }
    }

    @ForEachChannel
    void buffersOfAllKindsAreScatteredIntoInOrder(ChannelKind channel) throws Exception {
        byte[] bytes = Payload.random(2, 50_000);
        try (Pair pair = Pair.of(channel)) {
            Streams.write(pair.peer(), bytes);
            ByteBuffer[] dsts = room(bytes.length, 2 * BufferShape.values().length);
            ByteBuffer[] views = Arrays.stream(dsts).map(ByteBuffer::duplicate).toArray(ByteBuffer[]::new);
            for (long left = bytes.length; left > 0; ) {
                long n = pair.client().read(dsts);
                assertTrue(n > 0, () -> "read gave " + n);
                left -= n;
                assertEquals(left, remaining(dsts));
            }
            ByteBuffer read = ByteBuffer.allocate(bytes.length);
            for (int i = 0; i < dsts.length; i++) {
                BufferShape.assertGuardsUntouched(dsts[i], views[i].position(), views[i].remaining());
                read.put(views[i]);
            }
            assertArrayEquals(bytes, read.array());
        }
    }

    /** One system call accepts 1024 buffers. */
    @ForEachChannel
    void thousandsOfBuffersAreGatheredAndScattered(ChannelKind channel) throws Exception {
        byte[] bytes = Payload.random(3, 1_000_000);
        try (Pair pair = Pair.of(channel);
             Background<byte[]> reader = Background.start(() -> {
                 ByteBuffer[] dsts = room(bytes.length, 2500);
                 ByteBuffer[] views = Arrays.stream(dsts).map(ByteBuffer::duplicate).toArray(ByteBuffer[]::new);
                 while (remaining(dsts) > 0)
                     assertTrue(pair.peer().read(dsts) > 0);
                 ByteBuffer read = ByteBuffer.allocate(bytes.length);
                 Arrays.stream(views).forEach(read::put);
                 return read.array();
             })) {
            writeAll(pair, cut(bytes, 3000));
            assertEquals(Payload.digest(bytes), Payload.digest(reader.result()));
        }
    }

    /** The platform's channel uses only the first 1024, and would return 0 for ever. */
    @ForEachVsockChannel
    void manyEmptyBuffersBeforeTheBytesAreNoObstacle(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            ByteBuffer[] srcs = new ByteBuffer[3000];
            Arrays.setAll(srcs, i -> i % 2 == 0 ? ByteBuffer.allocate(0) : ByteBuffer.allocateDirect(0));
            srcs[2500] = Streams.buffer("here");
            assertEquals(4, pair.client().write(srcs));
            assertEquals("here", Streams.readText(pair.peer(), 4));

            Streams.write(pair.peer(), "there");
            ByteBuffer[] dsts = srcs.clone();
            dsts[2500] = ByteBuffer.allocate(5);
            while (dsts[2500].hasRemaining())
                assertTrue(pair.client().read(dsts) > 0);
            assertArrayEquals("there".getBytes(), dsts[2500].array());
        }
    }

    @ForEachChannel
    void onlyTheGivenRangeOfBuffersIsUsed(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            ByteBuffer[] srcs = { Streams.buffer("no"), Streams.buffer("ye"), Streams.buffer("s!"),
                Streams.buffer("no") };
            assertEquals(4, pair.client().write(srcs, 1, 2));
            assertEquals("yes!", Streams.readText(pair.peer(), 4));
            assertEquals(2, srcs[0].remaining());
            assertEquals(2, srcs[3].remaining());

            Streams.write(pair.peer(), "yes!");
            ByteBuffer[] dsts = { ByteBuffer.allocate(2), ByteBuffer.allocate(1), ByteBuffer.allocateDirect(3),
                ByteBuffer.allocate(2) };
            while (dsts[2].hasRemaining())
                pair.client().read(dsts, 1, 2);
            assertEquals(2, dsts[0].remaining());
            assertEquals(2, dsts[3].remaining());
        }
    }

    @ForEachChannel
    void aRangeOutsideTheArrayIsRefused(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            ByteBuffer[] buffers = { ByteBuffer.allocate(1), ByteBuffer.allocate(1) };
            int[][] ranges = { { -1, 1 }, { 0, 3 }, { 1, 2 }, { 0, -1 }, { 3, 0 }, { Integer.MAX_VALUE, 1 },
                { 1, Integer.MAX_VALUE } };
            for (int[] range : ranges) {
                assertThrows(IndexOutOfBoundsException.class, () -> pair.client().write(buffers, range[0], range[1]));
                assertThrows(IndexOutOfBoundsException.class, () -> pair.client().read(buffers, range[0], range[1]));
            }
            assertTrue(pair.client().isOpen());
        }
    }

    @ForEachChannel
    void aBufferThatIsNullIsRefusedAndNothingIsMoved(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Streams.write(pair.peer(), "kept");
            ByteBuffer[] withNull = { ByteBuffer.allocate(2), null };
            assertThrows(NullPointerException.class, () -> pair.client().read(withNull));
            assertEquals(2, withNull[0].remaining());
            assertThrows(NullPointerException.class, () -> pair.client().write(withNull));
            assertEquals(2, withNull[0].remaining());
            assertThrows(NullPointerException.class, () -> pair.client().read((ByteBuffer[]) null, 0, 0));
            assertThrows(NullPointerException.class, () -> pair.client().write((ByteBuffer[]) null, 0, 0));

            assertEquals("kept", Streams.readText(pair.client(), 4));
            Streams.assertConnected(pair);
        }
    }
}
