// SPDX-License-Identifier: Apache-2.0
package io.niovsock.datagram;

import io.niovsock.testkit.Arena;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Datagram operations with unusual buffers. */
class DatagramBuffersTest {
    @BeforeEach
    void aTransportThatCarriesDatagrams() throws Exception {
        DatagramKind.requireTransport();
    }

    private static String text(ByteBuffer buffer, int length) {
        byte[] bytes = new byte[length];
        buffer.get(0, bytes);
        return new String(bytes);
    }

    @ParameterizedTest
    @EnumSource
    void aBufferThatIsGivenTwiceIsTwoPartsOfADatagram(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            a.connect(kind.addressOf(b));
            b.connect(kind.addressOf(a));
            ByteBuffer src = Streams.buffer("abc");
            assertEquals(7, a.write(new ByteBuffer[] { src, Streams.buffer("-"), src }));
            assertEquals(3, src.position());
            ByteBuffer whole = ByteBuffer.allocate(10);
            assertEquals(7, b.read(whole));
            assertEquals("abc-abc", text(whole, 7));

            a.write(Streams.buffer("abcdef"));
            ByteBuffer dst = ByteBuffer.allocateDirect(3);
            assertEquals(6, b.read(new ByteBuffer[] { dst, dst }));
            assertEquals(3, dst.position());
            assertEquals("def", text(dst, 3));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anArenaCannotBeClosedWhileAReceiveBlocks(DatagramKind kind) throws Exception {
        try (Arena arena = Arena.shared(); DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            ByteBuffer dst = arena.allocate(10);
            ByteBuffer src = arena.allocate(4).put(Streams.buffer("kept")).flip();
            try (Background<?> receiver = Background.start(() -> b.receive(dst))) {
                receiver.awaitBlocked();
                assertThrows(IllegalStateException.class, arena::close);
                assertEquals(4, a.send(src, kind.addressOf(b)));
                assertEquals(kind.addressOf(a), receiver.result());
            }
            assertEquals(4, dst.position());
            assertEquals("kept", text(dst, 4));
        }
    }
}
