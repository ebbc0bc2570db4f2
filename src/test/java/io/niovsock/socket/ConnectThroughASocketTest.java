// SPDX-License-Identifier: Apache-2.0
package io.niovsock.socket;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** channel.socket() of both sides, in the usual order of programs with java.net. */
class ConnectThroughASocketTest {
    @ForEachChannel
    void aTimeoutThatIsRefusedLeavesTheSocketAsItWas(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient(); ServerSocketChannel server = channel.listen()) {
            assertThrows(IllegalArgumentException.class, () -> client.socket().connect(server.getLocalAddress(), -1));
            assertTrue(client.isOpen());
            if (channel.isDeferred()) { // to any family
                try (ServerSocketChannel tcp = ChannelKind.TCP.listen()) {
                    client.socket().connect(tcp.getLocalAddress());
                }
                assertFalse(client.getRemoteAddress() instanceof VsockSocketAddress);
            }
        }
    }

    @ForEachChannelAndThread
    void bindConnectAndAccept(ChannelKind channel, ThreadKind thread) throws Exception {
        try (ServerSocketChannel serverChannel = channel.openServer();
             SocketChannel clientChannel = channel.openClient()) {
            ServerSocket server = serverChannel.socket();
            Socket client = clientChannel.socket();
            server.setReuseAddress(true);
            server.bind(channel.freeEndpoint(), 10);
            client.setTcpNoDelay(true);
            try (Background<Socket> accepting = Background.start(thread, server::accept)) {
                client.connect(server.getLocalSocketAddress(), (int) Machine.PATIENCE.toMillis());
                try (Socket accepted = accepting.result()) {
                    assertNotNull(accepted.getChannel());
                    assertSame(accepted, accepted.getChannel().socket());
                    assertTrue(client.isConnected());
                    assertTrue(client.isBound());
                    assertTrue(clientChannel.isConnected());
                    Streams.assertConnected(new Pair(clientChannel, accepted.getChannel()));
                    assertTrue(client.getTcpNoDelay());
                }
            }
        }
    }

    @ForEachChannel
    void aTimeoutLeavesTheChannelInBlockingMode(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            client.socket().connect(server.getLocalAddress(), 10_000);
            assertTrue(client.isBlocking());
            try (SocketChannel peer = server.accept()) {
                Streams.assertConnected(new Pair(client, peer));
            }
        }
    }

    /**
     * A TCP listener with a full backlog does not answer. A vsock listener refuses, so no timeout can expire on one
     * machine.
     */
    @ParameterizedTest
    @EnumSource(names = { "JDK_TCP", "TCP" })
    void aConnectThatTakesTooLongEnds(ChannelKind channel) throws Exception {
        List<SocketChannel> clients = new ArrayList<>();
        try (ServerSocketChannel server = channel.openServer().bind(channel.freeEndpoint(), 1)) {
            assertFails(SocketTimeoutException.class, () -> {
                for (int i = 0; i < 10; i++) {
                    clients.add(channel.openClient());
                    clients.get(i).socket().connect(server.getLocalAddress(), 200);
                }
            });
            assertFalse(clients.get(clients.size() - 1).isOpen());
        } finally {
            for (SocketChannel client : clients)
                client.close();
        }
    }

    @ForEachChannel
    void nobodyListens(ChannelKind channel) throws Exception {
        InetSocketAddress nobody = channel.nobody();
        for (int timeoutMillis : new int[] { 0, 10_000 }) {
            try (SocketChannel client = channel.openClient()) {
                ConnectException e = assertFails(ConnectException.class,
                    () -> client.socket().connect(nobody, timeoutMillis));
                if (channel.isVsock())
                    assertTrue(e.getMessage().contains(nobody.toString()), e.getMessage());
                assertTrue(client.socket().isClosed());
                assertFalse(client.isOpen());
            }
        }
    }

    @ForEachChannel
    void addressesThatAreNoneAreRefused(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient()) {
            Socket socket = client.socket();
            assertFails(IllegalArgumentException.class, () -> socket.connect(null));
            assertFails(IllegalArgumentException.class, () -> socket.connect(channel.endpoint(1), -1));
            assertTrue(client.isOpen());
        }
        try (SocketChannel client = channel.openClient()) {
            assertFails(UnknownHostException.class,
                () -> client.socket().connect(InetSocketAddress.createUnresolved("name.invalid", 80)));
        }
        try (SocketChannel client = channel.openClient()) {
            assertFails(SocketException.class, () -> client.socket().connect(UnixDomainSocketAddress.of("/nowhere")));
        }
    }

    @ForEachChannel
    void aConnectedSocketIsNotConnectedAgain(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Exception e = assertThrows(Exception.class, () -> pair.client().socket().connect(channel.endpoint(1)));
            if (channel.isVsock()) // the platform's: on JDK 17 an AlreadyConnectedException, later the same as here
                assertEquals(SocketException.class, e.getClass());
            assertTrue(pair.client().isOpen());
            Streams.assertConnected(pair);
        }
    }

    @ForEachChannel
    void inNonBlockingModeItsOperationsAreRefused(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            server.configureBlocking(false);
            client.configureBlocking(false);
            assertFails(IllegalBlockingModeException.class, () -> server.socket().accept());
            assertFails(IllegalBlockingModeException.class, () -> client.socket().connect(server.getLocalAddress()));
        }
        try (Pair pair = Pair.of(channel)) {
            var in = pair.client().socket().getInputStream();
            var out = pair.client().socket().getOutputStream();
            pair.client().configureBlocking(false);
            assertFails(IllegalBlockingModeException.class, in::read);
            assertFails(IllegalBlockingModeException.class, () -> out.write(1));
            pair.client().configureBlocking(true);
            out.write(1);
            assertEquals(1, Streams.readExactly(pair.peer(), 1)[0]);
        }
    }

    @ForEachChannel
    void aBindThatIsRefusedIsASocketException(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen(); ServerSocketChannel second = channel.openServer();
             SocketChannel client = channel.openClient()) {
            assertFails(BindException.class, () -> second.socket().bind(server.getLocalAddress()));
            assertFails(SocketException.class, () -> server.socket().bind(channel.freeEndpoint()));
            client.socket().bind(channel.freeEndpoint());
            assertTrue(client.socket().isBound());
            assertFails(SocketException.class, () -> client.socket().bind(channel.freeEndpoint()));
        }
    }

    @ForEachVsockChannel
    void theTextOfASocketNamesItsPorts(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); ServerSocketChannel server = channel.listen()) {
            String socket = pair.client().socket().toString();
            int port = ((InetSocketAddress) pair.client().getRemoteAddress()).getPort();
            assertTrue(socket.startsWith("Socket[") && socket.contains("port=" + port), socket);
            String listening = server.socket().toString();
            assertTrue(listening.startsWith("ServerSocket[")
                && listening.contains("localport=" + server.socket().getLocalPort()), listening);
        }
    }
}
