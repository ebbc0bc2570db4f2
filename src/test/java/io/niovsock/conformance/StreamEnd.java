// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A channel in blocking mode. */
record StreamEnd(SocketChannel channel) implements End {
    @Override
    public int read(byte[] dst) throws IOException {
        return channel.read(ByteBuffer.wrap(dst));
    }

    @Override
    public void write(byte[] src) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(src);
        while (buffer.hasRemaining())
            channel.write(buffer);
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void ask() throws IOException {
        ask(channel);
    }

    static void ask(SocketChannel channel) throws IOException {
        assertNotNull(channel.getRemoteAddress());
        assertNotNull(channel.getLocalAddress());
        assertTrue(channel.isConnected());
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
    }

    @Override
    public Class<? extends IOException> endedByClose() {
        return ClosedChannelException.class;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
