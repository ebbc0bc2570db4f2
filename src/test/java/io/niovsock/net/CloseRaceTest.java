// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.OpenSockets;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A close while a socket is being created, bound, decided or connected leaves no descriptor behind. */
class CloseRaceTest {
    private interface Use {
        void of(Socket socket) throws IOException;
    }

    private static void race(SocketKind kind, Use use) throws Exception {
        for (int i = 0; i < Machine.rounds(200); i++) {
            TreeMap<Integer, String> before = OpenSockets.now();
            Socket socket = kind.open();
            if (Runtime.version().feature() < 21)
                socket.getReuseAddress(); // earlier JDKs leave it open
            CyclicBarrier start = new CyclicBarrier(2);
            try (Background<Void> user = Background.start(() -> {
                start.await();
                try {
                    use.of(socket);
                } catch (IOException e) {
                    assertTrue(socket.isClosed(), e::toString);
                }
                return null;
            })) {
                start.await();
                for (int spin = 0; spin < i * 10; spin++)
                    Thread.onSpinWait();
                socket.close();
                user.result();
            }
            TreeMap<Integer, String> after = OpenSockets.now();
            after.values().removeAll(before.values());
            assertEquals(new TreeMap<>(), after, "open after round " + i);
        }
    }

    @ForEachSocket
    void with_bind(SocketKind kind) throws Exception {
        race(kind, socket -> socket.bind(kind.freeEndpoint()));
    }

    @ForEachSocket
    void with_an_option(SocketKind kind) throws Exception {
        race(kind, socket -> socket.getOption(StandardSocketOptions.SO_RCVBUF));
    }

    @ForEachSocket
    void with_connect(SocketKind kind) throws Exception {
        try (ServerSocket server = kind.listen()) {
            race(kind, socket -> {
                socket.connect(server.getLocalSocketAddress());
                server.accept().close();
            });
        }
    }
}
