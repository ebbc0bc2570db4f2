// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/** Two ends of a connection: the client, and its peer, which was accepted. */
record SocketPair(Socket client, Socket peer) implements AutoCloseable {
    static SocketPair of(SocketKind kind) throws IOException {
        return of(kind, kind.open());
    }

    /** Connects a client that was opened, and perhaps configured, before. */
    static SocketPair of(SocketKind kind, Socket client) throws IOException {
        try (ServerSocket server = kind.listen()) {
            client.connect(server.getLocalSocketAddress());
            return new SocketPair(client, server.accept());
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
