// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stream;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.nio.ByteBuffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Arguments that can move no bytes. */
class OddArgumentsTest {
    @ForEachChannel
    void aReadIntoAReadOnlyBufferIsRefused(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Streams.write(pair.peer(), "kept");
            for (ByteBuffer readOnly : new ByteBuffer[] {
                ByteBuffer.allocate(4).asReadOnlyBuffer(), ByteBuffer.allocateDirect(4).asReadOnlyBuffer() }) {
                assertThrows(IllegalArgumentException.class, () -> pair.client().read(readOnly));
                assertThrows(IllegalArgumentException.class,
                    () -> pair.client().read(new ByteBuffer[] { ByteBuffer.allocate(4), readOnly }));
            }
            assertEquals("kept", Streams.readText(pair.client(), 4));
        }
    }

    @ForEachChannel
    void aBufferWithoutRoomReadsNothingAndDoesNotWait(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            ByteBuffer[] empty = { ByteBuffer.allocate(0), ByteBuffer.allocateDirect(0) };
            for (ByteBuffer dst : empty)
                assertEquals(0, pair.client().read(dst));
            assertEquals(0, pair.client().read(empty));
            assertEquals(0, pair.client().read(empty, 0, 0));
            assertEquals(0, pair.client().read(new ByteBuffer[0]));

            Streams.write(pair.peer(), "x");
            assertEquals(0, pair.client().read(empty));
            assertEquals("x", Streams.readText(pair.client(), 1));
        }
    }

    @ForEachChannel
    void aBufferWithoutRoomReadsNothingAtTheEndOfTheStreamEither(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.peer().shutdownOutput();
            Streams.assertEnd(pair.client());
            assertEquals(0, pair.client().read(ByteBuffer.allocate(0)));
            assertEquals(0, pair.client().read(new ByteBuffer[] { ByteBuffer.allocate(0) }));

            pair.client().shutdownInput();
            assertEquals(-1, pair.client().read(ByteBuffer.allocate(0)), "by shutdownInput, where nothing is tried");
        }
    }

    @ForEachChannel
    void anEmptyBufferWritesNothing(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            ByteBuffer[] empty = { ByteBuffer.allocate(0), ByteBuffer.allocateDirect(0) };
            for (ByteBuffer src : empty)
                assertEquals(0, pair.client().write(src));
            assertEquals(0, pair.client().write(empty));
            assertEquals(0, pair.client().write(new ByteBuffer[0]));

            pair.peer().configureBlocking(false);
            assertEquals(0, pair.peer().read(ByteBuffer.allocate(1)), "nothing came, and no end");
        }
    }

    @ForEachChannel
    void nullIsRefused(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertThrows(NullPointerException.class, () -> pair.client().read((ByteBuffer) null));
            assertThrows(NullPointerException.class, () -> pair.client().write((ByteBuffer) null));
            assertThrows(NullPointerException.class, () -> pair.client().read((ByteBuffer[]) null));
            assertThrows(NullPointerException.class, () -> pair.client().write((ByteBuffer[]) null));
            assertTrue(pair.client().isOpen());
            Streams.assertConnected(pair);
        }
    }
}
