// SPDX-License-Identifier: Apache-2.0
package io.niovsock.interop;

import io.niovsock.VsockSocketAddress;
import io.niovsock.datagram.DatagramKind;
import io.niovsock.testkit.Payload;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Datagrams to and from a peer that uses only the kernel's interface. */
class PythonDatagramTest {
    private static final int MAX = 69_608;
    private static final int[] SIZES = { 0, 1, 100, 8_000, 65_507, MAX };

    @TempDir
    private static Path folder;

    @BeforeEach
    void aTransportThatCarriesDatagrams() throws Exception {
        DatagramKind.requireTransport();
    }

    /** The peer answers each datagram with its length, its digest and the endpoint that it sees. */
    @Test
    void aPeerInPythonReceivesWhatIsSentAndSeesTheSender() throws Exception {
        try (PythonPeer peer = PythonPeer.start(folder, "answer-datagrams");
             DatagramChannel channel = DatagramKind.VSOCK.openBound()) {
            VsockSocketAddress there = peer.endpoint();
            VsockSocketAddress here = (VsockSocketAddress) DatagramKind.VSOCK.addressOf(channel);
            ByteBuffer dst = ByteBuffer.allocate(1000);
            for (int size : SIZES) {
                byte[] bytes = Payload.random(size, size);
                assertEquals(size, channel.send(ByteBuffer.wrap(bytes), there));
                assertEquals(there, channel.receive(dst.clear()));
                assertEquals(size + " " + Payload.digest(bytes) + " " + here.getCid() + " " + here.getVsockPort(),
                    UTF_8.decode(dst.flip()).toString());
            }
            channel.send(ByteBuffer.wrap("end".getBytes(UTF_8)), there);
            peer.succeeds();
        }
    }

    @Test
    void aPeerInPythonSendsWhatIsReceivedAndIsAnswered() throws Exception {
        try (DatagramChannel channel = DatagramKind.VSOCK.openBound()) {
            VsockSocketAddress here = (VsockSocketAddress) DatagramKind.VSOCK.addressOf(channel);
            try (PythonPeer peer = PythonPeer.start(folder, "send-datagrams", here.getCid(), here.getVsockPort(),
                MAX)) {
                VsockSocketAddress there = peer.endpoint();
                ByteBuffer dst = ByteBuffer.allocateDirect(MAX + 1);
                for (int size : new int[] { 0, 1, 1000, MAX }) {
                    assertEquals(there, channel.receive(dst.clear()));
                    byte[] bytes = new byte[dst.flip().remaining()];
                    dst.get(bytes);
                    assertEquals(size, bytes.length);
                    channel.send(ByteBuffer.wrap(Payload.digest(bytes).getBytes(UTF_8)), there);
                }
                peer.succeeds();
            }
        }
    }
}
