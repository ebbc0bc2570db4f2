// SPDX-License-Identifier: Apache-2.0
package io.niovsock.record;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The two ends of a connection for records. */
record RecordPair(SocketChannel client, SocketChannel peer) implements AutoCloseable {
    static ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET).bind(ChannelKind.VSOCK.freeEndpoint());
    }

    static RecordPair open() throws IOException {
        try (ServerSocketChannel server = listen()) {
            SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET);
            try {
                client.connect(server.getLocalAddress());
                return new RecordPair(client, server.accept());
            } catch (IOException | RuntimeException e) {
                client.close();
                throw e;
            }
        }
    }

    /** The next record as text; null at the end of the stream. */
    static String read(SocketChannel channel) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(100);
        int n = channel.read(dst);
        return n < 0 ? null : new String(dst.array(), 0, n);
    }

    @Override
    public void close() throws IOException {
        try {
            client.close();
        } finally {
            peer.close();
        }
    }
}
