// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A blocking connect to an attached guest, and its failures. */
class ConnectTest {
    private static final int ODD_PORT = 5001;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void aGuestIsReached(PlayedDevice.Monitor monitor) throws Exception {
        try (Guest guest = Guest.start(folder, monitor); SocketChannel client = SocketChannel.open(guest.endpoint());
             Pair pair = new Pair(client, guest.device().accept(Guest.PORT))) {
            Streams.assertConnected(pair);
            assertEquals(guest.endpoint(), client.getRemoteAddress());
            assertEquals(VsockSocketAddress.parse("vsock:host:any"), client.getLocalAddress());
            assertNull(guest.device().problem(), "the request came in one piece");
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
    void aConfiguredChannelReachesIt(ChannelKind kind) throws Exception {
        try (Guest guest = Guest.start(folder); SocketChannel client = kind.openClient()) {
            client.setOption(io.niovsock.VsockSocketOptions.BUFFER_SIZE, 100_000L);
            client.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
            assertTrue(client.connect(guest.endpoint()));
            assertEquals(100_000L, client.getOption(io.niovsock.VsockSocketOptions.BUFFER_SIZE));
            assertTrue(client.getOption(java.net.StandardSocketOptions.TCP_NODELAY));
            try (SocketChannel peer = guest.device().accept(Guest.PORT)) {
                Streams.assertConnected(new Pair(client, peer));
            }
        }
    }

    @Test
    void aBoundChannelReachesIt() throws Exception {
        try (Guest guest = Guest.start(folder); SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
            client.bind(VsockSocketAddress.parse("vsock:any:0"));
            assertTrue(client.connect(guest.endpoint()));
            try (SocketChannel peer = guest.device().accept(Guest.PORT)) {
                Streams.assertConnected(new Pair(client, peer));
                assertEquals(VsockSocketAddress.parse("vsock:host:any"), client.getLocalAddress());
            }
        }
    }

    @Test
    void aSocketReachesIt() throws Exception {
        try (Guest guest = Guest.start(folder); Socket socket = io.niovsock.VsockSocketFactory.getDefault()
            .createSocket()) {
            socket.connect(guest.endpoint(), 5000);
            try (SocketChannel peer = guest.device().accept(Guest.PORT)) {
                socket.getOutputStream().write("ping".getBytes());
                assertEquals("ping", Streams.readText(peer, 4));
                Streams.write(peer, "pong");
                assertEquals("pong", new String(socket.getInputStream().readNBytes(4)));
            }
        }
    }

    @Test
    void whatIsNotAttachedIsReachedAsBefore() throws Exception {
        try (Guest guest = Guest.start(folder); Pair pair = Pair.of(ChannelKind.DEFERRED_VSOCK)) {
            Streams.assertConnected(pair);
        }
    }

    /** The reply and the guest's first bytes may come at once, or the reply in pieces. */
    @Test
    void noByteBehindTheReplyIsTaken() throws Exception {
        try (Guest guest = Guest.start(folder)) {
            CompletableFuture<SocketChannel> begun = new CompletableFuture<>();
            guest.device().script(ODD_PORT, (host, port, reply) -> {
                Streams.write(host, "OK 1");
                begun.complete(host);
            });
            try (Background<SocketChannel> connect =
                     Background.start(() -> SocketChannel.open(guest.endpoint(ODD_PORT)))) {
                SocketChannel host = begun.get(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                connect.awaitBlocked();
                Streams.write(host, "23\nfirst\nsecond");
                try (SocketChannel client = connect.result()) {
                    assertEquals("first\nsecond", Streams.readText(client, 12));
                }
            }
        }
    }

    @Test
    void aMonitorThatClosesAfterTheReplyHasAnswered() throws Exception {
        try (Guest guest = Guest.start(folder)) {
            guest.device().script(ODD_PORT, (host, port, reply) -> {
                Streams.write(host, reply + "bye");
                host.close();
            });
            try (SocketChannel client = SocketChannel.open(guest.endpoint(ODD_PORT))) {
                assertEquals("bye", new String(Streams.readToEnd(client)));
            }
        }
    }

    private static void assertRefused(Guest guest, int port) {
        String message = assertFails(ConnectException.class, () -> SocketChannel.open(guest.endpoint(port)))
            .getMessage();
        assertTrue(message.startsWith("Connection refused: connect to " + guest.endpoint(port)), message);
    }

    @Test
    void aPortWithoutAListenerRefuses() throws Exception {
        try (Guest guest = Guest.start(folder)) {
            assertRefused(guest, ODD_PORT);
            guest.device().script(ODD_PORT, (host, port, reply) -> {
                Streams.write(host, "OK 5"); // and the end in the middle
                host.close();
            });
            assertRefused(guest, ODD_PORT);
        }
    }

    /** A device has 1023 connections. It closes the next one without a word, until one of them has ended. */
    @Test
    void aMonitorWithoutRoomRefuses() throws Exception {
        int most = 1023;
        AtomicInteger present = new AtomicInteger();
        List<SocketChannel> clients = new ArrayList<>();
        try (Guest guest = Guest.start(folder)) {
            guest.device().script(ODD_PORT, (host, port, reply) -> {
                if (present.incrementAndGet() <= most) {
                    Streams.write(host, reply);
                    host.read(ByteBuffer.allocate(1)); // until the end
                }
                present.decrementAndGet();
                host.close();
            });
            try {
                for (int i = 0; i < most; i++)
                    clients.add(SocketChannel.open(guest.endpoint(ODD_PORT)));
                assertRefused(guest, ODD_PORT);
                assertRefused(guest, ODD_PORT);
                clients.remove(most / 2).close();
                Await.until(() -> present + " are present", () -> present.get() < most);
                clients.add(SocketChannel.open(guest.endpoint(ODD_PORT)));
                assertRefused(guest, ODD_PORT);
            } finally {
                for (SocketChannel client : clients)
                    client.close();
            }
        }
    }

    /** AF_UNIX reports a close with the request unread as a reset. */
    @Test
    void aMonitorThatDoesNotEvenReadRefuses() throws Exception {
        long cid = Guest.newCid();
        Path socket = folder.resolve("unread.vsock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(socket));
             Selector selector = Selector.open();
             VsockGuest guest = Vsock.attach(cid, socket);
             Background<Void> closer = Background.start(() -> {
                 try (SocketChannel host = server.accept()) {
                     host.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                     selector.select(); // until the request is there
                 }
                 return null;
             })) {
            assertFails(ConnectException.class, () -> SocketChannel.open(VsockSocketAddress.of(cid, 1)));
            closer.result();
        }
    }

    @Test
    void aMonitorThatIsGoneLeadsNowhere() throws Exception {
        try (Guest guest = Guest.start(folder)) {
            guest.device().die();
            String refused = assertFails(NoRouteToHostException.class, () -> SocketChannel.open(guest.endpoint()))
                .getMessage();
            assertTrue(refused.contains(guest.device().socket().toString()), refused);
            Files.delete(guest.device().socket());
            String absent = assertFails(NoRouteToHostException.class, () -> SocketChannel.open(guest.endpoint()))
                .getMessage();
            assertTrue(absent.contains("start the guest"), absent);
        }
    }

    @Test
    void nonsenseIsShown() throws Exception {
        try (Guest guest = Guest.start(folder)) {
            guest.device().script(ODD_PORT, (host, port, reply) -> Streams.write(host, "HTTP/1.1 400 Bad Request\r\n"));
            String line = assertFails(ConnectException.class, () -> SocketChannel.open(guest.endpoint(ODD_PORT)))
                .getMessage();
            assertTrue(line.contains("answered 'HTTP/1.1 400 Bad Request'"), line);
            guest.device().script(ODD_PORT, (host, port, reply) -> Streams.write(host, "x".repeat(1000)));
            String endless = assertFails(ConnectException.class, () -> SocketChannel.open(guest.endpoint(ODD_PORT)))
                .getMessage();
            assertTrue(endless.contains("answered '" + "x".repeat(32) + "'"), endless);
        }
    }

    @Test
    void aMonitorThatNeverAnswersMeetsTheLimit() throws Exception {
        try (Guest guest = Guest.start(folder)) {
            guest.device().script(ODD_PORT, (host, port, reply) -> { });
            try (SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                client.setOption(io.niovsock.VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofMillis(100));
                String message = assertFails(ConnectException.class, () -> client.connect(guest.endpoint(ODD_PORT)))
                    .getMessage();
                assertTrue(message.contains("CONNECT_TIMEOUT"), message);
                assertFalse(client.isOpen());
            }
            try (SocketChannel client = SocketChannel.open()) {
                assertFails(SocketTimeoutException.class, () -> client.socket().connect(guest.endpoint(ODD_PORT), 100));
                assertFalse(client.isOpen());
            }
        }
    }

    @Test
    void aDetachedGuestIsNotReached() throws Exception {
        try (Guest guest = Guest.start(folder); SocketChannel client = SocketChannel.open(guest.endpoint());
             Pair pair = new Pair(client, guest.device().accept(Guest.PORT))) {
            guest.attached().close();
            Streams.assertConnected(pair);
            assertThrows(IOException.class, () -> SocketChannel.open(guest.endpoint()));
            assertEquals(1, guest.device().count());
        }
    }

    @Test
    void recordsHaveNoWayThere() throws Exception {
        try (Guest guest = Guest.start(folder);
             SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)) {
            assertFails(NoRouteToHostException.class, () -> client.connect(guest.endpoint()));
        }
    }

    @Test
    void aConnectThatIsPendingTransfersNothing() throws Exception {
        try (Guest guest = Guest.start(folder); SocketChannel client = SocketChannel.open()) {
            client.configureBlocking(false);
            client.connect(guest.endpoint());
            assertFails(NotYetConnectedException.class, () -> client.read(ByteBuffer.allocate(1)));
            Await.until(() -> "not connected", client::finishConnect);
            guest.device().accept(Guest.PORT).close();
        }
    }
}
