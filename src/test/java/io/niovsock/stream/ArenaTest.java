// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stream;

import io.niovsock.testkit.Arena;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;

import java.nio.ByteBuffer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Buffers over memory of an arena, which any thread can free (shared), or only one (confined). */
class ArenaTest {
    private static final int SIZE = 1000;

    private static void assertHolds(byte[] expected, ByteBuffer buffer) {
        byte[] actual = new byte[expected.length];
        buffer.flip().get(actual);
        assertArrayEquals(expected, actual);
    }

    @ForEachChannel
    void buffersOfASharedArenaAreReadAndWritten(ChannelKind channel) throws Exception {
        try (Arena arena = Arena.shared(); Pair pair = Pair.of(channel)) {
            ByteBuffer out = arena.allocate(SIZE);
            ByteBuffer in = arena.allocate(SIZE);
            assertTrue(out.isDirect());
            byte[] bytes = Payload.random(21, SIZE);
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

    private static long read(Pair pair, ByteBuffer dst, boolean scattering) throws Exception {
        return scattering ? pair.client().read(new ByteBuffer[] { ByteBuffer.allocate(0), dst })
            : pair.client().read(dst);
    }

    @ForEachChannel
    void anArenaCannotBeClosedWhileAReadBlocks(ChannelKind channel) throws Exception {
        for (boolean scattering : new boolean[] { false, true })
            try (Arena arena = Arena.shared(); Pair pair = Pair.of(channel)) {
                ByteBuffer dst = arena.allocate(4);
                try (Background<Long> reader = Background.start(() -> read(pair, dst, scattering))) {
                    reader.awaitBlocked();
                    assertThrows(IllegalStateException.class, arena::close);
                    Streams.write(pair.peer(), "kept");
                    assertEquals(4, reader.result());
                }
                assertHolds("kept".getBytes(), dst);
            }
    }

    /** A parked thread does not hold the arena, as with the platform's channels. */
    @ForEachVsockChannel
    void whatComesAfterAnArenaWasClosedStaysInTheSocket(ChannelKind channel) throws Exception {
        for (boolean scattering : new boolean[] { false, true })
            try (Pair pair = Pair.of(channel)) {
                Arena arena = Arena.shared();
                ByteBuffer dst = arena.allocate(4);
                try (Background<Long> reader =
                    Background.start(ThreadKind.VIRTUAL, () -> read(pair, dst, scattering))) {
                    reader.awaitBlocked();
                    arena.close();
                    Streams.write(pair.peer(), "kept");
                    reader.failure(IllegalStateException.class);
                }
                assertEquals("kept", Streams.readText(pair.client(), 4));
            }
    }

    @ForEachChannel
    void aBufferOfAClosedArenaIsRefusedAndNothingIsMoved(ChannelKind channel) throws Exception {
        for (Arena arena : new Arena[] { Arena.shared(), Arena.confined() })
            try (Pair pair = Pair.of(channel)) {
                ByteBuffer buffer = arena.allocate(4);
                arena.close();
                assertRefused(IllegalStateException.class, pair, buffer);
            }
    }

    @ForEachChannel
    void aBufferOfAnotherThreadsArenaIsRefusedAndNothingIsMoved(ChannelKind channel) throws Exception {
        Arena.require();
        Class<? extends RuntimeException> wrongThread = Class.forName("java.lang.WrongThreadException")
            .asSubclass(RuntimeException.class);
        try (Arena arena = Arena.confined(); Pair pair = Pair.of(channel)) {
            ByteBuffer buffer = arena.allocate(4);
            try (Background<Void> other = Background.start(() -> assertRefused(wrongThread, pair, buffer))) {
                other.result();
            }
            assertEquals(4, pair.client().write(buffer), "its own thread may");
        }
    }

    private static Void assertRefused(Class<? extends RuntimeException> expected, Pair pair, ByteBuffer buffer)
        throws Exception {
        ByteBuffer[] several = { ByteBuffer.allocate(1), buffer };
        Streams.write(pair.peer(), "kept");
        assertThrows(expected, () -> pair.client().read(buffer));
        assertThrows(expected, () -> pair.client().read(several));
        assertThrows(expected, () -> pair.client().write(buffer));
        assertThrows(expected, () -> pair.client().write(several));
        assertEquals(0, buffer.position());
        assertEquals(0, several[0].position());
        assertEquals("kept", Streams.readText(pair.client(), 4));
        pair.peer().configureBlocking(false);
        assertEquals(0, pair.peer().read(ByteBuffer.allocate(1)), "nothing was sent");
        pair.peer().configureBlocking(true);
        return null;
    }
}
