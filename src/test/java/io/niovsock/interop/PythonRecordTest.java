// SPDX-License-Identifier: Apache-2.0
package io.niovsock.interop;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Payload;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Records to and from a peer that uses only the kernel's interface. */
class PythonRecordTest {
    @TempDir
    private static Path folder;

    @Test
    void aServerInPythonAnswersEachRecord() throws Exception {
        try (PythonPeer peer = PythonPeer.start(folder, "answer-records");
             SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)) {
            channel.connect(peer.endpoint());
            ByteBuffer dst = ByteBuffer.allocate(1000);
            for (int size : new int[] { 1, 100, 65_536, 65_537, 200_000 }) {
                byte[] bytes = Payload.random(size, size);
                assertEquals(size, channel.write(ByteBuffer.wrap(bytes)));
                channel.read(dst.clear());
                assertEquals(size + " " + Payload.digest(bytes), UTF_8.decode(dst.flip()).toString());
            }
            channel.shutdownOutput();
            assertEquals(-1, channel.read(dst.clear()));
            peer.succeeds();
        }
    }

    /** An empty record is not the end of the stream. Only over AF_UNIX a peer here can send one. */
    @Test
    void aClientInPythonSendsRecordsAndEmptyOnes() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)
            .bind(ChannelKind.VSOCK.freeEndpoint())) {
            VsockSocketAddress here = (VsockSocketAddress) server.getLocalAddress();
            try (PythonPeer peer = PythonPeer.start(folder, "send-records", here.getCid(), here.getVsockPort());
                 SocketChannel channel = server.accept()) {
                ByteBuffer dst = ByteBuffer.allocate(100_000);
                for (int size : new int[] { 1, 2, 70_000, 3 }) // each after an empty one
                    assertEquals(size, channel.read(dst.clear()), Machine.transport());
                assertEquals(-1, channel.read(dst.clear()));
                channel.shutdownOutput();
                peer.succeeds();
            }
        }
    }
}
