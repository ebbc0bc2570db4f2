// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** With asynchronous channels and their futures. */
final class AsynchronousVisits implements Visits {
    private final ByteBuffer word = ByteBuffer.allocate(Long.BYTES);
    private final AsynchronousChannelGroup group =
        AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
    private final AsynchronousServerSocketChannel listener =
        AsynchronousServerSocketChannel.open(group).bind(ChannelKind.VSOCK.freeEndpoint());

    AsynchronousVisits() throws IOException { }

    @Override
    public boolean visit(long tag) throws Exception {
        Future<AsynchronousSocketChannel> accepting = listener.accept();
        try (AsynchronousSocketChannel client = AsynchronousSocketChannel.open(group)) {
            client.connect(listener.getLocalAddress()).get(Way.LIMIT, TimeUnit.SECONDS);
            try (AsynchronousSocketChannel server = accepting.get(Way.LIMIT, TimeUnit.SECONDS)) {
                return carry(client, tag, server) && carry(server, ~tag, client);
            }
        }
    }

    private boolean carry(AsynchronousSocketChannel from, long tag, AsynchronousSocketChannel to) throws Exception {
        from.write(word.clear().putLong(tag).flip()).get(Way.LIMIT, TimeUnit.SECONDS);
        for (word.clear(); word.hasRemaining(); )
            Way.some(to.read(word).get(Way.LIMIT, TimeUnit.SECONDS));
        return word.getLong(0) == tag;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        group.shutdownNow();
        try {
            if (!group.awaitTermination(Way.LIMIT, TimeUnit.SECONDS))
                throw new IOException("the group does not terminate");
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public String toString() {
        return Way.ASYNCHRONOUS.toString();
    }
}
