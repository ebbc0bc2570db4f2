// SPDX-License-Identifier: Apache-2.0
package io.niovsock.deferred;

import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketFactory;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Pair;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * One rule says which options an undecided socket accepts: a channel, the socket of a channel, or a socket of
 * {@code java.net}.
 */
class UndecidedOptionsTest {
    private static final Set<SocketOption<?>> OF_A_STREAM = Set.of(VsockSocketOptions.BUFFER_SIZE,
        VsockSocketOptions.BUFFER_MIN_SIZE, VsockSocketOptions.BUFFER_MAX_SIZE, VsockSocketOptions.CONNECT_TIMEOUT);
    private static final Set<SocketOption<?>> OF_A_LISTENER = with(OF_A_STREAM, VsockSocketOptions.ACCEPT_FROM);
    private static final Set<SocketOption<?>> OF_A_CONNECTION = with(OF_A_STREAM, VsockSocketOptions.TO_HOST);

    private static Set<SocketOption<?>> with(Set<SocketOption<?>> options, SocketOption<?> more) {
        Set<SocketOption<?>> all = new HashSet<>(options);
        all.add(more);
        return all;
    }

    private static Set<SocketOption<?>> union(Set<SocketOption<?>> some, Set<SocketOption<?>> others) {
        Set<SocketOption<?>> all = new HashSet<>(some);
        all.addAll(others);
        return all;
    }

    /** Netty, for example, drops an option that is not in supportedOptions(). */
    @Test
    void aChannelListsTheOptionsOfBoth() throws IOException {
        try (SocketChannel client = SocketChannel.open(); ServerSocketChannel server = ServerSocketChannel.open();
             DatagramChannel datagrams = DatagramChannel.open();
             SocketChannel tcp = SocketChannel.open(StandardProtocolFamily.INET6);
             ServerSocketChannel tcpServer = ServerSocketChannel.open(StandardProtocolFamily.INET6);
             DatagramChannel udp = DatagramChannel.open(StandardProtocolFamily.INET6)) {
            assertEquals(union(tcp.supportedOptions(), OF_A_CONNECTION), client.supportedOptions());
            assertEquals(client.supportedOptions(), client.socket().supportedOptions());
            assertEquals(union(tcpServer.supportedOptions(), OF_A_LISTENER), server.supportedOptions());
            assertEquals(server.supportedOptions(), server.socket().supportedOptions());
            assertEquals(udp.supportedOptions(), datagrams.supportedOptions());
        }
    }

    @Test
    void aSocketOfJavaNetListsThemToo() throws IOException {
        try (Socket client = VsockSocketFactory.getDefault().createSocket(); Socket tcp = new Socket();
             ServerSocket server = VsockServerSocketFactory.getDefault().createServerSocket();
             ServerSocket tcpServer = new ServerSocket()) {
            assertEquals(union(tcp.supportedOptions(), OF_A_CONNECTION), client.supportedOptions());
            assertEquals(union(tcpServer.supportedOptions(), OF_A_LISTENER), server.supportedOptions());
        }
    }

    @Test
    void decidedItListsItsOwn() throws IOException {
        for (ChannelKind kind : new ChannelKind[] { ChannelKind.TCP, ChannelKind.DEFERRED_VSOCK }) {
            SocketChannel client = kind.openClient();
            client.supportedOptions();
            ChannelKind reference = kind.isVsock() ? ChannelKind.VSOCK : ChannelKind.JDK_TCP;
            try (Pair pair = Pair.of(kind, client); Pair referencePair = Pair.of(reference)) {
                assertEquals(referencePair.client().supportedOptions(), client.supportedOptions());
            }
        }
    }

    @Test
    void whatIsNotSetIsAsInANewVsockSocket() throws IOException {
        try (SocketChannel client = SocketChannel.open(); SocketChannel vsock = ChannelKind.VSOCK.openClient();
             ServerSocketChannel server = ServerSocketChannel.open();
             ServerSocketChannel vsockServer = ChannelKind.VSOCK.openServer();
             Socket socket = VsockSocketFactory.getDefault().createSocket()) {
            for (SocketOption<?> option : OF_A_CONNECTION) {
                assertEquals(vsock.getOption(option), client.getOption(option), option::toString);
                assertEquals(vsock.getOption(option), socket.getOption(option), option::toString);
            }
            for (SocketOption<?> option : OF_A_LISTENER)
                assertEquals(vsockServer.getOption(option), server.getOption(option), option::toString);
        }
    }

    private interface Setter {
        <T> void set(SocketOption<T> option, T value) throws IOException;
    }

    private static void assertTakesAndRefuses(Setter setter, boolean listener) throws IOException {
        setter.set(VsockSocketOptions.BUFFER_SIZE, 65_536L);
        setter.set(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(3));
        assertFails(IllegalArgumentException.class, () -> setter.set(VsockSocketOptions.BUFFER_SIZE, -1L));
        assertFails(IllegalArgumentException.class, () -> setter.set(VsockSocketOptions.BUFFER_SIZE, null));
        assertFails(IllegalArgumentException.class,
            () -> setter.set(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(-1)));
        assertFails(IllegalArgumentException.class,
            () -> setter.set(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(Long.MAX_VALUE)));
        assertFails(UnsupportedOperationException.class, () -> setter.set(VsockSocketOptions.TRUSTED, true));
        assertFails(UnsupportedOperationException.class, () -> setter.set(VsockSocketOptions.PEER_HOST_VM_ID, 1));
        assertFails(UnsupportedOperationException.class, () -> setter.set(VsockSocketOptions.NONBLOCK_TXRX, true));
        assertFails(UnsupportedOperationException.class, () -> setter.set(StandardSocketOptions.IP_MULTICAST_TTL, 1));
        if (listener)
            assertFails(UnsupportedOperationException.class, () -> setter.set(VsockSocketOptions.TO_HOST, true));
        else
            setter.set(VsockSocketOptions.TO_HOST, true);
    }

    @Test
    void whatIsTakenAndWhatIsRefusedIsTheSameForAll() throws IOException {
        try (SocketChannel client = SocketChannel.open(); ServerSocketChannel server = ServerSocketChannel.open();
             Socket socket = VsockSocketFactory.getDefault().createSocket();
             ServerSocket serverSocket = VsockServerSocketFactory.getDefault().createServerSocket()) {
            assertTakesAndRefuses(client::setOption, false);
            assertTakesAndRefuses(client.socket()::setOption, false);
            assertTakesAndRefuses(socket::setOption, false);
            assertTakesAndRefuses(server::setOption, true);
            assertTakesAndRefuses(server.socket()::setOption, true);
            assertTakesAndRefuses(serverSocket::setOption, true);
            assertEquals(65_536L, socket.getOption(VsockSocketOptions.BUFFER_SIZE));
            assertEquals(65_536L, server.getOption(VsockSocketOptions.BUFFER_SIZE));
        }
    }

    @Test
    void aClosedOneTakesNone() throws IOException {
        SocketChannel client = SocketChannel.open();
        client.close();
        assertFails(ClosedChannelException.class, () -> client.setOption(VsockSocketOptions.BUFFER_SIZE, 65_536L));
        assertFails(ClosedChannelException.class, () -> client.getOption(VsockSocketOptions.BUFFER_SIZE));
        assertFails(IllegalArgumentException.class, () -> client.setOption(VsockSocketOptions.BUFFER_SIZE, -1L));
        assertTrue(client.supportedOptions().contains(VsockSocketOptions.BUFFER_SIZE));
        assertFalse(client.isOpen());
    }

    /**
     * A program may set its options twice. A limit that it sets again must not be replayed after the size that needs
     * it.
     */
    @Test
    void aSizeIsNotCutByALimitThatWasRaisedForIt() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            for (int i = 0; i < 2; i++)
                server.setOption(VsockSocketOptions.BUFFER_MAX_SIZE, 1L << 20);
            server.setOption(VsockSocketOptions.BUFFER_SIZE, 1L << 20);
            server.setOption(VsockSocketOptions.BUFFER_MAX_SIZE, 1L << 20);
            server.bind(ChannelKind.VSOCK.freeEndpoint());
            assertEquals(1L << 20, server.getOption(VsockSocketOptions.BUFFER_SIZE));
        }
    }
}
