// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.testkit.Await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A socket that was not closed and is no longer reachable is closed: its peer sees the end of the stream. */
class ForgottenSocketTest {
    @ForEachSocket
    void the_peer_of_a_forgotten_socket_sees_the_end(SocketKind kind) throws IOException {
        try (ServerSocket server = kind.listen()) {
            connectAndForget(kind, server);
            try (Socket peer = server.accept()) {
                peer.setSoTimeout(10);
                Await.until(() -> "the forgotten socket is still open", () -> {
                    System.gc();
                    try {
                        assertEquals(-1, peer.getInputStream().read());
                        return true;
                    } catch (java.net.SocketTimeoutException notYet) {
                        return false;
                    }
                });
            }
        }
    }

    private static void connectAndForget(SocketKind kind, ServerSocket server) throws IOException {
        kind.open().connect(server.getLocalSocketAddress());
    }
}
