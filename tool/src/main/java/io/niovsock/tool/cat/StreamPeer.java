// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.cat;

import io.niovsock.tool.net.IdleLimit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The other end of a stream, of bytes or of records. */
public final class StreamPeer implements Sender.Peer {
    private final SocketChannel channel;
    private final IdleLimit limit;
    private final boolean halfClose;

    /**
     * Creates the peer of a connection.
     *
     * @param channel the connection
     * @param limit is told of bytes that move
     * @param halfClose whether the peer is told of the end of the input
     */
    public StreamPeer(SocketChannel channel, IdleLimit limit, boolean halfClose) {
        this.channel = channel;
        this.limit = limit;
        this.halfClose = halfClose;
    }

    @Override
    public void send(ByteBuffer block) throws IOException {
        while (block.hasRemaining()) {
            channel.write(block);
            limit.moved();
        }
    }

    @Override
    public void end() throws IOException {
        if (halfClose)
            channel.shutdownOutput();
    }

    /** Passes on what the peer sends, until it has sent all. */
    public void receive(int bufferSize, Sink sink) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bufferSize);
        while (channel.read(buffer.clear()) >= 0) {
            limit.moved();
            sink.write(buffer.flip());
            limit.moved();
        }
    }

    /** The standard output. */
    public interface Sink {
        /** Writes all of the bytes. */
        void write(ByteBuffer bytes) throws IOException;
    }
}
