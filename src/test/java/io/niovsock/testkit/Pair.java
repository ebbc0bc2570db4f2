// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The two ends of a connection: the client, usually the subject of the test, and its accepted peer. */
public record Pair(SocketChannel client, SocketChannel peer) implements AutoCloseable {
    public static Pair of(ChannelKind kind) throws IOException {
        return of(kind, kind.openClient());
    }

    /** Connects an open client, which may have been configured. */
    public static Pair of(ChannelKind kind, SocketChannel client) throws IOException {
        try (ServerSocketChannel server = kind.listen()) {
            client.connect(server.getLocalAddress());
            SocketChannel peer = server.accept();
            if (!client.isBlocking())
                Await.until(() -> client + " is not connected", client::finishConnect);
            return new Pair(client, peer);
        } catch (IOException | RuntimeException | Error e) {
            client.close();
            throw e;
        }
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
