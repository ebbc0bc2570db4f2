// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/** With channels that never block: connect, accept and both reads are selected. */
final class SelectedVisits implements Visits {
    private final ByteBuffer word = ByteBuffer.allocate(Long.BYTES);
    private final Selector selector = Selector.open();
    private final ServerSocketChannel listener = ChannelKind.VSOCK.listen();

    SelectedVisits() throws IOException {
        listener.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
    }

    @Override
    public boolean visit(long tag) throws IOException {
        try (SocketChannel client = ChannelKind.VSOCK.openClient()) {
            client.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT);
            boolean connected = client.connect(listener.getLocalAddress());
            try (SocketChannel server = accept()) {
                while (!connected) {
                    select();
                    connected = client.finishConnect();
                }
                client.keyFor(selector).interestOps(0);
                server.configureBlocking(false).register(selector, 0);
                return carry(client, tag, server) && carry(server, ~tag, client);
            }
        }
    }

    private SocketChannel accept() throws IOException {
        SocketChannel accepted = listener.accept();
        while (accepted == null) {
            select();
            accepted = listener.accept();
        }
        return accepted;
    }

    private boolean carry(SocketChannel from, long tag, SocketChannel to) throws IOException {
        from.write(word.clear().putLong(tag).flip());
        to.keyFor(selector).interestOps(SelectionKey.OP_READ);
        for (word.clear(); word.hasRemaining(); ) {
            select();
            Way.some(to.read(word));
        }
        to.keyFor(selector).interestOps(0);
        return word.getLong(0) == tag;
    }

    private void select() throws IOException {
        if (selector.select(TimeUnit.SECONDS.toMillis(Way.LIMIT)) == 0)
            throw new IOException("nothing was selected for " + Way.LIMIT + " s");
        selector.selectedKeys().clear();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        selector.close();
    }

    @Override
    public String toString() {
        return "channels of a selector";
    }
}
