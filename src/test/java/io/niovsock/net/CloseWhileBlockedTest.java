// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A close by another thread ends a blocked operation of a socket; a later operation finds the socket closed. */
class CloseWhileBlockedTest {
    @ForEachSocketAndThread
    void a_read_ends(SocketKind kind, ThreadKind thread) throws IOException {
        try (SocketPair pair = SocketPair.of(kind);
             Background<Integer> reader = Background.start(thread, () -> pair.client().getInputStream().read())) {
            reader.awaitBlocked();
            pair.client().close();
            assertEquals("Socket closed", reader.failure(SocketException.class).getMessage());
            assertEquals(-1, pair.peer().getInputStream().read());
        }
    }

    @ForEachSocketAndThread
    void a_timed_read_ends(SocketKind kind, ThreadKind thread) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            pair.client().setSoTimeout(600_000);
            try (Background<Integer> reader = Background.start(thread, () -> pair.client().getInputStream().read())) {
                reader.awaitBlocked();
                pair.client().close();
                assertEquals("Socket closed", reader.failure(SocketException.class).getMessage());
            }
        }
    }

    @ForEachSocketAndThread
    void a_write_ends(SocketKind kind, ThreadKind thread) throws IOException {
        byte[] chunk = new byte[1 << 20];
        try (SocketPair pair = SocketPair.of(kind);
             Background<Void> writer = Background.start(thread, () -> {
                 while (true)
                     pair.client().getOutputStream().write(chunk);
             })) {
            writer.awaitBlocked();
            pair.client().close();
            // between two writes the socket throws, within a write the implementation
            String message = writer.failure(SocketException.class).getMessage();
            assertEquals("Socket closed", message.replace("Socket is closed", "Socket closed"));
        }
    }

    @ForEachSocketAndThread
    void an_accept_ends(SocketKind kind, ThreadKind thread) throws IOException {
        try (ServerSocket server = kind.listen();
             Background<Socket> acceptor = Background.start(thread, server::accept)) {
            acceptor.awaitBlocked();
            server.close();
            assertEquals("Socket closed", acceptor.failure(SocketException.class).getMessage());
        }
    }

    @ForEachSocketAndThread
    void a_timed_accept_ends(SocketKind kind, ThreadKind thread) throws IOException {
        try (ServerSocket server = kind.listen()) {
            server.setSoTimeout(600_000);
            try (Background<Socket> acceptor = Background.start(thread, server::accept)) {
                acceptor.awaitBlocked();
                server.close();
                assertEquals("Socket closed", acceptor.failure(SocketException.class).getMessage());
            }
        }
    }

    /** A vsock listener with a full backlog refuses at once, so this tests TCP. */
    @ParameterizedTest
    @EnumSource(names = { "JDK_TCP", "TCP" })
    void a_connect_ends(SocketKind kind) throws IOException {
        try (FullServer server = new FullServer();
             Socket socket = kind.open();
             Background<Void> connector = Background.start(() -> {
                 socket.connect(server.address());
                 return null;
             })) {
            connector.awaitBlocked();
            socket.close();
            assertEquals("Socket closed", connector.failure(SocketException.class).getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "JDK_TCP", "TCP" })
    void a_connect_has_its_time(SocketKind kind) throws IOException {
        try (FullServer server = new FullServer(); Socket socket = kind.open()) {
            var late = assertThrows(SocketTimeoutException.class, () -> socket.connect(server.address(), 50));
            assertEquals("connect timed out", late.getMessage().toLowerCase(Locale.ROOT));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 0, 600_000 })
    void a_connect_over_vsock_takes_its_timeout(int millis) throws IOException {
        try (ServerSocket server = SocketKind.VSOCK.listen(); Socket socket = SocketKind.VSOCK.open()) {
            socket.connect(server.getLocalSocketAddress(), millis);
            assertTrue(socket.isConnected());
        }
    }

    /** A listener with a full backlog. */
    private static final class FullServer implements AutoCloseable {
        private final ServerSocket server = new ServerSocket();
        private final Deque<Socket> waiting = new ArrayDeque<>();

        FullServer() throws IOException {
            server.bind(SocketKind.JDK_TCP.freeEndpoint(), 1);
            try {
                while (true) {
                    waiting.push(new Socket());
                    waiting.peek().connect(address(), 200);
                }
            } catch (SocketTimeoutException full) {
                // the backlog is full
            }
        }

        InetSocketAddress address() {
            return (InetSocketAddress) server.getLocalSocketAddress();
        }

        @Override
        public void close() throws IOException {
            for (Socket client : waiting)
                client.close();
            server.close();
        }
    }
}
