// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** With blocking channels. */
final class BlockingVisits implements Visits {
    private final ByteBuffer word = ByteBuffer.allocateDirect(Long.BYTES);
    private final ServerSocketChannel listener = ChannelKind.VSOCK.listen();

    BlockingVisits() throws IOException { }

    @Override
    public boolean visit(long tag) throws IOException {
        try (Endpoints ends = Endpoints.connect(ChannelKind.DEFERRED_VSOCK, listener)) {
            return carry(ends.client(), tag, ends.server()) && carry(ends.server(), ~tag, ends.client());
        }
    }

    private boolean carry(SocketChannel from, long tag, SocketChannel to) throws IOException {
        from.write(word.clear().putLong(tag).flip());
        for (word.clear(); word.hasRemaining(); )
            Way.some(to.read(word));
        return word.getLong(0) == tag;
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    @Override
    public String toString() {
        return Way.BLOCKING.toString();
    }
}
