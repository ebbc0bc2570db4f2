// SPDX-License-Identifier: Apache-2.0
package io.niovsock.deferred;

import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;
import io.niovsock.datagram.DatagramKind;
import io.niovsock.internal.jdk.Descriptors;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.OpenSockets;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Channels from open() without arguments: operations before their first address, and the decision by that address. */
class UndecidedChannelTest {
    private static final VsockSocketAddress VSOCK = VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 5);

    @Test
    void aWildcardWithPortZeroDecidesNothing() throws Exception {
        for (SocketAddress wildcard : new SocketAddress[] { null, new InetSocketAddress(0),
            new InetSocketAddress("0.0.0.0", 0),
            new InetSocketAddress("::", 0) }) {
            try (Pair vsock = Pair.of(ChannelKind.DEFERRED_VSOCK, SocketChannel.open().bind(wildcard))) {
                assertInstanceOf(VsockSocketAddress.class, vsock.client().getRemoteAddress());
                assertInstanceOf(VsockSocketAddress.class, vsock.client().getLocalAddress());
                Streams.assertConnected(vsock);
            }
            try (Pair tcp = Pair.of(ChannelKind.TCP, SocketChannel.open().bind(wildcard))) {
                assertEquals(InetSocketAddress.class, tcp.client().getRemoteAddress().getClass());
                Streams.assertConnected(tcp);
            }
        }
    }

    @Test
    void aBindToATcpAddressMakesItTcp() throws Exception {
        try (SocketChannel client = SocketChannel.open().bind(ChannelKind.TCP.freeEndpoint());
             ServerSocketChannel vsockServer = ChannelKind.VSOCK.listen()) {
            SocketAddress there = vsockServer.getLocalAddress();
            Exception refusal = assertFails(UnsupportedAddressTypeException.class, () -> client.connect(there));
            assertEquals(there + ": it is vsock, but this socket is already TCP", refusal.getCause().getMessage());
            assertTrue(client.isOpen());
            try (Pair pair = Pair.of(ChannelKind.TCP, client)) {
                Streams.assertConnected(pair);
            }
        }
    }

    @Test
    void aBindToAVsockAddressMakesItVsock() throws Exception {
        try (SocketChannel client = SocketChannel.open().bind(ChannelKind.VSOCK.freeEndpoint());
             ServerSocketChannel tcpServer = ChannelKind.JDK_TCP.listen()) {
            SocketAddress there = tcpServer.getLocalAddress();
            assertFails(UnsupportedAddressTypeException.class, () -> client.connect(there));
            assertTrue(client.isOpen());
            try (Pair pair = Pair.of(ChannelKind.DEFERRED_VSOCK, client)) {
                Streams.assertConnected(pair);
            }
        }
    }

    @Test
    void aVsockWildcardMakesItVsock() throws Exception {
        try (SocketChannel client = SocketChannel.open().bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0));
             ServerSocketChannel server = ServerSocketChannel.open()
                 .bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0))) {
            assertInstanceOf(VsockSocketAddress.class, client.getLocalAddress());
            assertInstanceOf(VsockSocketAddress.class, server.getLocalAddress());
        }
    }

    /** A bind to null makes a server TCP's wildcard listener, as without the library. */
    @Test
    void aServerBoundToNullIsTcp() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(null)) {
            assertEquals(InetSocketAddress.class, server.getLocalAddress().getClass());
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "TCP", "DEFERRED_VSOCK" })
    void theDescriptorKeepsItsNumber(ChannelKind channel) throws Exception {
        try (SocketChannel client = SocketChannel.open(); ServerSocketChannel server = ServerSocketChannel.open()) {
            int clientNumber = Descriptors.numberOf(client);
            int serverNumber = Descriptors.numberOf(server);
            server.bind(channel.freeEndpoint());
            client.connect(server.getLocalAddress());
            assertEquals(clientNumber, Descriptors.numberOf(client));
            assertEquals(serverNumber, Descriptors.numberOf(server));
            try (SocketChannel peer = server.accept()) {
                Streams.assertConnected(new Pair(client, peer));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "TCP", "DEFERRED_VSOCK" })
    void noSocketIsOpenForItUntilItIsDecided(ChannelKind channel) throws Exception {
        int before = OpenSockets.now().size();
        try (SocketChannel client = SocketChannel.open()) {
            assertEquals(before, OpenSockets.now().size());
            client.bind(channel.freeEndpoint());
            assertEquals(before + 1, OpenSockets.now().size());
        }
        assertEquals(before, OpenSockets.now().size());
    }

    @ParameterizedTest
    @EnumSource(names = { "TCP", "DEFERRED_VSOCK" })
    void oneSocketIsOpenForItOnceItNeedsOne(ChannelKind channel) throws Exception {
        int before = OpenSockets.now().size();
        try (SocketChannel client = SocketChannel.open()) {
            client.configureBlocking(false);
            assertEquals(before + 1, OpenSockets.now().size());
            client.bind(channel.freeEndpoint());
            assertEquals(before + 1, OpenSockets.now().size());
        }
        assertEquals(before, OpenSockets.now().size());
    }

    @ParameterizedTest
    @EnumSource(names = { "TCP", "DEFERRED_VSOCK" })
    void closedUntouchedItStaysWithoutASocket(ChannelKind channel) throws Exception {
        int before = OpenSockets.now().size();
        SocketChannel client = SocketChannel.open();
        client.close();
        assertFails(ClosedChannelException.class, () -> client.bind(channel.freeEndpoint()));
        assertFails(ClosedChannelException.class, () -> client.configureBlocking(false));
        assertFails(ClosedChannelException.class, client::getLocalAddress);
        assertEquals(before, OpenSockets.now().size());
    }

    @Test
    void toBeClosedItNeedsNoDecision() throws Exception {
        int before = OpenSockets.now().size();
        SocketChannel client = SocketChannel.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        client.close();
        server.close();
        assertFalse(client.isOpen());
        assertFalse(server.isOpen());
        assertEquals(before, OpenSockets.now().size());
    }

    @ParameterizedTest
    @EnumSource(names = { "TCP", "DEFERRED_VSOCK" })
    void nonBlockingModeIsCarriedOver(ChannelKind channel) throws Exception {
        SocketChannel client = SocketChannel.open();
        client.configureBlocking(false);
        try (Pair pair = Pair.of(channel, client)) {
            assertFalse(client.isBlocking());
            assertEquals(0, client.read(ByteBuffer.allocate(1)));
            client.configureBlocking(true);
            Streams.assertConnected(pair);
        }
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.configureBlocking(false);
            server.bind(channel.freeEndpoint());
            assertNull(server.accept());
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "TCP", "DEFERRED_VSOCK" })
    void optionsAreCarriedOver(ChannelKind channel) throws Exception {
        SocketChannel client = SocketChannel.open();
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        client.setOption(StandardSocketOptions.SO_LINGER, 7);
        client.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        try (Pair pair = Pair.of(channel, client)) {
            assertTrue(client.getOption(StandardSocketOptions.TCP_NODELAY));
            assertTrue(client.getOption(StandardSocketOptions.SO_KEEPALIVE));
            assertEquals(7, client.getOption(StandardSocketOptions.SO_LINGER));
            assertTrue(client.getOption(StandardSocketOptions.SO_REUSEADDR));
            Streams.assertConnected(pair);
        }
    }

    @Test
    void anOptionThatOnlyVsockHasCanBeSetBefore() throws Exception {
        SocketChannel client = SocketChannel.open();
        client.setOption(VsockSocketOptions.BUFFER_SIZE, 65_536L);
        try (Pair pair = Pair.of(ChannelKind.DEFERRED_VSOCK, client)) {
            assertEquals(65_536L, client.getOption(VsockSocketOptions.BUFFER_SIZE));
            Streams.assertConnected(pair);
        }
    }

    @Test
    void anOptionThatOnlyTcpHasIsNoObstacleToVsock() throws Exception {
        SocketChannel client = SocketChannel.open();
        client.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        try (Pair pair = Pair.of(ChannelKind.DEFERRED_VSOCK, client)) {
            Streams.assertConnected(pair);
        }
    }

    /**
     * An undecided channel refuses the options that the platform's channel refuses, and those that vsock would refuse.
     */
    @Test
    void noOptionIsTakenThatNeitherHas() throws Exception {
        try (SocketChannel client = SocketChannel.open(); ServerSocketChannel server = ServerSocketChannel.open();
             DatagramChannel datagrams = DatagramChannel.open()) {
            assertFails(UnsupportedOperationException.class,
                () -> server.setOption(StandardSocketOptions.TCP_NODELAY, true));
            assertFails(UnsupportedOperationException.class,
                () -> server.setOption(StandardSocketOptions.SO_SNDBUF, 1000));
            assertFails(UnsupportedOperationException.class, () -> server.setOption(VsockSocketOptions.TO_HOST, true));
            assertFails(UnsupportedOperationException.class,
                () -> datagrams.setOption(StandardSocketOptions.SO_LINGER, 1));
            assertFails(UnsupportedOperationException.class,
                () -> datagrams.setOption(VsockSocketOptions.BUFFER_SIZE, 65_536L));
            assertFails(IllegalArgumentException.class, () -> client.setOption(VsockSocketOptions.BUFFER_SIZE, -5L));
            assertFails(IllegalArgumentException.class, () -> client.setOption(VsockSocketOptions.BUFFER_SIZE, null));
            assertFails(IllegalArgumentException.class,
                () -> client.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(Long.MAX_VALUE)));
            assertFails(IllegalArgumentException.class,
                () -> client.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(-1)));
        }
    }

    /** A size above the maximum is clamped, so the order in which a program sets the two matters. */
    @Test
    void optionsAreCarriedOverInTheOrderInWhichTheyWereSetLast() throws Exception {
        SocketChannel client = SocketChannel.open();
        client.setOption(VsockSocketOptions.BUFFER_SIZE, 1L << 20);
        client.setOption(VsockSocketOptions.BUFFER_MAX_SIZE, 1L << 20);
        client.setOption(VsockSocketOptions.BUFFER_SIZE, 1L << 20);
        try (Pair pair = Pair.of(ChannelKind.DEFERRED_VSOCK, client)) {
            assertEquals(1L << 20, client.getOption(VsockSocketOptions.BUFFER_SIZE));
            Streams.assertConnected(pair);
        }
    }

    @Test
    void boundToAWildcardItIsBound() throws Exception {
        try (SocketChannel client = SocketChannel.open().bind(null)) {
            assertFails(AlreadyBoundException.class, () -> client.bind(ChannelKind.VSOCK.freeEndpoint()));
            assertFails(AlreadyBoundException.class, () -> client.bind(ChannelKind.TCP.freeEndpoint()));
            assertFails(AlreadyBoundException.class, () -> client.bind(null));
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "JDK_TCP", "TCP", "VSOCK", "DEFERRED_VSOCK" })
    void aClosedSocketStillTellsItsAddresses(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Socket socket = pair.client().socket();
            int port = ((InetSocketAddress) pair.client().getLocalAddress()).getPort();
            SocketAddress remote = pair.client().getRemoteAddress();
            pair.client().close();
            assertTrue(socket.isBound());
            assertEquals(port, socket.getLocalPort());
            assertEquals(remote, socket.getRemoteSocketAddress());
        }
    }

    static final class WithoutDescriptors {
        /** In a field, or else a collection could close the files. */
        private static final List<Closeable> HELD = new ArrayList<>();

        public static void main(String[] args) throws Exception {
            SocketChannel.open().configureBlocking(false).close(); // loads the classes while files can be opened
            SocketChannel.open().getOption(StandardSocketOptions.SO_KEEPALIVE);
            SocketChannel.open().socket().setSoTimeout(1);
            ServerSocketChannel.open().bind(null).close();
            assertFails(NotYetBoundException.class, () -> ServerSocketChannel.open().accept());
            DatagramChannel.open().close();
            try {
                while (true)
                    HELD.add(new FileInputStream("/dev/null"));
            } catch (IOException noneIsLeft) {
                System.out.println("opened " + (HELD.size() > 10));
            }
            SocketChannel client = SocketChannel.open();
            ServerSocketChannel server = ServerSocketChannel.open();
            report(client::getLocalAddress);
            report(() -> client.bind(null));
            report(() -> client.configureBlocking(false));
            report(() -> client.getOption(StandardSocketOptions.SO_KEEPALIVE));
            report(() -> {
                client.socket().setSoTimeout(1);
                return null;
            });
            report(() -> client.socket().getInputStream());
            report(server::getLocalAddress);
            report(server::accept);
            report(() -> server.bind(null));
            report(DatagramChannel::open);
        }

        private static void report(Callable<?> operation) throws Exception {
            try {
                System.out.println(operation.call());
            } catch (SocketException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    /** The TCP socket is opened late. If that fails, each method that needs it throws what open() would have thrown. */
    @Test
    void withoutDescriptorsEveryMethodSaysSo() throws Exception {
        List<String> lines = ChildJvm.of(WithoutDescriptors.class).under("sh", "-c", "ulimit -n 200; exec \"$@\"", "sh")
            .run().succeeded().lines();
        List<String> expected = new ArrayList<>(Collections.nCopies(11, "Too many open files"));
        expected.set(0, "opened true");
        expected.set(1, "null"); // getLocalAddress()
        expected.set(7, "null");
        assertEquals(expected, lines);
    }

    /** The usual order with java.net: the socket first, its timeout, then the connect. */
    @ParameterizedTest
    @EnumSource(names = { "JDK_TCP", "TCP", "DEFERRED_VSOCK" })
    void theTimeoutOfItsSocketIsCarriedOver(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.openServer(); SocketChannel client = channel.openClient()) {
            ServerSocket serverSocket = server.socket();
            serverSocket.setSoTimeout(30_001);
            serverSocket.bind(channel.freeEndpoint());
            assertEquals(30_001, serverSocket.getSoTimeout());

            Socket socket = client.socket();
            socket.setSoTimeout(30_002);
            socket.connect(serverSocket.getLocalSocketAddress());
            assertEquals(30_002, socket.getSoTimeout());
            serverSocket.accept().close();
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "JDK_TCP", "TCP", "VSOCK", "DEFERRED_VSOCK" })
    void itsSocketIsOneAndTheSameBeforeAndAfter(ChannelKind channel) throws Exception {
        SocketChannel client = channel.openClient();
        Socket before = client.socket();
        assertSame(client, before.getChannel());
        try (Pair pair = Pair.of(channel, client)) {
            assertSame(before, client.socket());
            assertSame(client, client.socket().getChannel());
            assertTrue(before.isConnected());
            Streams.assertConnected(pair);
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "TCP", "DEFERRED_VSOCK" })
    void aKeyFromBeforeKnowsTheChannelThatTheProgramHolds(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); SocketChannel client = SocketChannel.open()) {
            SelectionKey key = client.configureBlocking(false).register(selector, 0, "attached");
            try (Pair pair = Pair.of(channel, client)) {
                assertSame(client, key.channel());
                assertSame(key, client.keyFor(selector));
                assertEquals("attached", key.attachment());
                assertTrue(key.isValid());
                assertSame(pair.client(), client);
            }
        }
    }

    /** A bind to a wildcard address with port 0 decides nothing, as for a stream's client. */
    @Test
    void aDatagramChannelBoundToAWildcardWithPortZeroIsUndecided() throws Exception {
        DatagramKind.requireTransport();
        for (SocketAddress wildcard : new SocketAddress[] { null, new InetSocketAddress(0) }) {
            for (boolean bySocket : new boolean[] { false, true }) {
                try (DatagramChannel vsock = DatagramKind.VSOCK.openBound();
                     DatagramChannel udp = DatagramKind.JDK_UDP.openBound();
                     DatagramChannel toVsock = DatagramChannel.open(); DatagramChannel toUdp = DatagramChannel.open()) {
                    for (DatagramChannel channel : new DatagramChannel[] { toVsock, toUdp }) {
                        if (bySocket)
                            channel.socket().bind(wildcard);
                        else
                            channel.bind(wildcard);
                        assertTrue(channel.socket().isBound());
                        assertFails(AlreadyBoundException.class, () -> channel.bind(DatagramKind.VSOCK.freeEndpoint()));
                        assertFails(AlreadyBoundException.class, () -> channel.bind(null));
                    }
                    toVsock.send(ByteBuffer.allocate(1), DatagramKind.VSOCK.addressOf(vsock));
                    toUdp.send(ByteBuffer.allocate(1), udp.getLocalAddress());
                    assertInstanceOf(VsockSocketAddress.class, toVsock.getLocalAddress());
                    assertInstanceOf(VsockSocketAddress.class, vsock.receive(ByteBuffer.allocate(1)));
                    assertEquals(InetSocketAddress.class, toUdp.getLocalAddress().getClass());
                }
            }
        }
    }

    /** Otherwise a decision would put another socket behind the number while the thread waits. */
    @Test
    void aReceiveByItsSocketMakesItUdp() throws Exception {
        try (DatagramChannel channel = DatagramChannel.open();
             Background<Void> receiver = Background.start(() -> {
                 channel.socket().receive(new DatagramPacket(new byte[1], 1));
                 return null;
             })) {
            receiver.awaitBlocked();
            String why = VSOCK + ": it is vsock, but this socket is already UDP";
            assertEquals(why, assertFails(UnsupportedAddressTypeException.class,
                () -> channel.send(ByteBuffer.allocate(1), VSOCK)).getCause().getMessage());
            assertEquals(why,
                assertFails(SocketException.class, () -> channel.socket().connect(VSOCK)).getMessage());
            channel.close();
            assertInstanceOf(SocketException.class, receiver.failure());
        }
    }

    @Test
    void aGroupThatItJoinsMakesItUdp() throws Exception {
        // the loopback: no packet leaves the machine
        NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"));
        try (DatagramChannel channel = DatagramChannel.open()) {
            MembershipKey key = channel.join(InetAddress.getByName("239.1.2.3"), loopback);
            assertFails(UnsupportedAddressTypeException.class, () -> channel.send(ByteBuffer.allocate(1), VSOCK));
            key.drop();
            assertFalse(key.isValid());
        }
    }
}
