// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.internal.jdk.ChannelStreams;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;

/** The streams of a vsock connection. */
final class VsockStreams extends ChannelStreams {
    private final VsockSocketChannel connection;

    VsockStreams(SelectableChannel channel, VsockSocketChannel connection) {
        super(channel);
        this.connection = connection;
    }

    @Override
    protected int tryRead(ByteBuffer dst) throws IOException {
        return connection.tryRead(dst);
    }

    @Override
    protected int tryWrite(ByteBuffer src) throws IOException {
        return connection.tryWrite(src);
    }

    @Override
    protected int awaitRead(ByteBuffer dst) throws IOException {
        return connection.read(dst, 0, false);
    }

    @Override
    protected int awaitWrite(ByteBuffer src) throws IOException {
        return connection.write(src, false);
    }
}
