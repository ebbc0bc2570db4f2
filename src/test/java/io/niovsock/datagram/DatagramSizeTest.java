// SPDX-License-Identifier: Apache-2.0
package io.niovsock.datagram;

import io.niovsock.testkit.Payload;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.DatagramPacket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** VMCI carries datagrams of at most 69608 bytes, and so does the emulated transport. */
class DatagramSizeTest {
    private static final int MAX = 69_608;

    @BeforeEach
    void aTransportThatCarriesDatagrams() throws Exception {
        DatagramKind.requireTransport();
    }

    @ParameterizedTest
    @EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
    void theLargestArrivesWhole(DatagramKind kind) throws Exception {
        byte[] bytes = Payload.random(31, MAX);
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            a.connect(kind.addressOf(b));
            for (ByteBuffer src : new ByteBuffer[] { ByteBuffer.wrap(bytes),
                ByteBuffer.allocateDirect(MAX).put(bytes).flip() }) {
                assertEquals(MAX, a.write(src));
                ByteBuffer dst = ByteBuffer.allocate(MAX + 10);
                assertEquals(kind.addressOf(a), b.receive(dst));
                assertArrayEquals(bytes, Arrays.copyOf(dst.array(), dst.position()));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
    void oneByteMoreIsRefusedAndNothingIsSent(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            a.connect(kind.addressOf(b));
            b.configureBlocking(false);
            for (ByteBuffer src : new ByteBuffer[] { ByteBuffer.allocate(MAX + 1),
                ByteBuffer.allocateDirect(MAX + 1) }) {
                assertNames(assertFails(SocketException.class, () -> a.write(src)));
                assertNames(assertFails(SocketException.class, () -> a.send(src, kind.addressOf(b))));
                assertNames(assertFails(SocketException.class,
                    () -> a.write(new ByteBuffer[] { ByteBuffer.allocate(0), src })));
                assertEquals(0, src.position());
            }
            DatagramPacket packet = new DatagramPacket(new byte[MAX + 1], MAX + 1, kind.addressOf(b));
            assertNames(assertFails(SocketException.class, () -> a.socket().send(packet)));
            assertNull(b.receive(ByteBuffer.allocate(10)));
            assertTrue(a.isConnected());
        }
    }

    private static void assertNames(SocketException e) {
        assertTrue(e.getMessage().contains("69609 bytes") && e.getMessage().contains("nothing was sent"),
            e::getMessage);
    }
}
