// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Both ends of a connection of this JVM. The kind of the client's channel also is that of the listener. */
record Endpoints(SocketChannel client, SocketChannel server) implements AutoCloseable {
    static Endpoints connect(ChannelKind kind) throws IOException {
        try (ServerSocketChannel listener = kind.listen()) {
            return connect(kind, listener);
        }
    }

    static Endpoints connect(ChannelKind kind, ServerSocketChannel listener) throws IOException {
        SocketAddress where = listener.getLocalAddress();
        SocketChannel client = kind.openClient();
        try {
            client.connect(where);
            return new Endpoints(client, listener.accept());
        } catch (IOException | RuntimeException e) {
            client.close();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        try (client; server) {
            assert client != server;
        }
    }
}
