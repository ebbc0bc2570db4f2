// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stream;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;

import static io.niovsock.testkit.Failures.assertClosed;
import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Operations in the wrong state, or with an address of the wrong kind, and their exceptions. */
class ChannelStateTest {
    private static final class ForeignAddress extends SocketAddress {
        private static final long serialVersionUID = 1L;
    }

    @ForEachChannel
    void aNewClientIsOpenUnboundAndUnconnected(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient()) {
            assertTrue(client.isOpen());
            assertTrue(client.isBlocking());
            assertFalse(client.isRegistered());
            assertFalse(client.isConnected());
            assertFalse(client.isConnectionPending());
            assertNull(client.getLocalAddress());
            assertNull(client.getRemoteAddress());
            assertEquals(SelectionKey.OP_CONNECT | SelectionKey.OP_READ | SelectionKey.OP_WRITE, client.validOps());
        }
    }

    @ForEachChannel
    void aNewServerIsOpenAndUnbound(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.openServer()) {
            assertTrue(server.isOpen());
            assertTrue(server.isBlocking());
            assertNull(server.getLocalAddress());
            assertEquals(SelectionKey.OP_ACCEPT, server.validOps());
        }
    }

    @ForEachChannel
    void nothingMovesBeforeTheConnect(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient()) {
            ByteBuffer[] buffers = { ByteBuffer.allocate(1) };
            assertFails(NotYetConnectedException.class, () -> client.read(buffers[0]));
            assertFails(NotYetConnectedException.class, () -> client.read(buffers));
            assertFails(NotYetConnectedException.class, () -> client.write(buffers[0]));
            assertFails(NotYetConnectedException.class, () -> client.write(buffers));
            assertFails(NotYetConnectedException.class, client::shutdownInput);
            assertFails(NotYetConnectedException.class, client::shutdownOutput);
            assertFails(NoConnectionPendingException.class, client::finishConnect);
            assertTrue(client.isOpen());
        }
    }

    @ForEachChannel
    void nothingMovesWhileOnlyBound(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient().bind(channel.freeEndpoint())) {
            assertFails(NotYetConnectedException.class, () -> client.read(ByteBuffer.allocate(1)));
            assertFails(NotYetConnectedException.class, () -> client.write(ByteBuffer.allocate(1)));
            assertFails(NoConnectionPendingException.class, client::finishConnect);
            assertTrue(client.isOpen());
        }
    }

    @ForEachChannel
    void aConnectedChannelIsNotConnectedAgain(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); ServerSocketChannel other = channel.listen()) {
            SocketAddress elsewhere = other.getLocalAddress();
            assertFails(AlreadyConnectedException.class, () -> pair.client().connect(elsewhere));
            assertFails(AlreadyConnectedException.class, () -> pair.peer().connect(elsewhere));
            pair.client().configureBlocking(false);
            assertFails(AlreadyConnectedException.class, () -> pair.client().connect(elsewhere));
            assertTrue(pair.client().finishConnect());
            assertTrue(pair.peer().finishConnect());
            pair.client().configureBlocking(true);
            Streams.assertConnected(pair);
        }
    }

    @ForEachChannel
    void aBoundChannelIsNotBoundAgain(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient(); ServerSocketChannel server = channel.openServer()) {
            assertSame(client, client.bind(channel.freeEndpoint()));
            assertFails(AlreadyBoundException.class, () -> client.bind(channel.freeEndpoint()));
            assertFails(AlreadyBoundException.class, () -> client.bind(null));
            assertSame(server, server.bind(channel.freeEndpoint()));
            assertFails(AlreadyBoundException.class, () -> server.bind(channel.freeEndpoint()));
            assertFails(AlreadyBoundException.class, () -> server.bind(null));
        }
    }

    @ForEachChannel
    void aConnectedChannelIsBound(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertFails(AlreadyBoundException.class, () -> pair.client().bind(channel.freeEndpoint()));
            assertFails(AlreadyBoundException.class, () -> pair.peer().bind(channel.freeEndpoint()));
            assertFails(AlreadyBoundException.class, () -> pair.client().bind(null));
        }
    }

    @ForEachChannel
    void nobodyIsAcceptedBeforeTheBind(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.openServer()) {
            assertFails(NotYetBoundException.class, server::accept);
            server.configureBlocking(false);
            assertFails(NotYetBoundException.class, server::accept);
            assertTrue(server.isOpen());
        }
    }

    @ForEachChannel
    void aClosedClientDoesNothingMore(ChannelKind channel) throws Exception {
        SocketAddress where = channel.nobody();
        try (Pair pair = Pair.of(channel)) {
            for (SocketChannel closed : new SocketChannel[] { pair.client(), pair.peer(), channel.openClient() }) {
                closed.close();
                closed.close();
                assertFalse(closed.isOpen());
                assertFalse(closed.isConnected());
                assertFalse(closed.isConnectionPending());
                ByteBuffer[] buffers = { ByteBuffer.allocate(1) };
                assertClosed(channel, () -> closed.read(buffers[0]));
                assertClosed(channel, () -> closed.read(buffers));
                assertClosed(channel, () -> closed.write(buffers[0]));
                assertClosed(channel, () -> closed.write(buffers));
                assertClosed(channel, () -> closed.bind(null));
                assertClosed(channel, () -> closed.bind(channel.freeEndpoint()));
                assertClosed(channel, () -> closed.connect(where));
                assertClosed(channel, closed::finishConnect);
                assertClosed(channel, closed::shutdownInput);
                assertClosed(channel, closed::shutdownOutput);
                assertClosed(channel, closed::getLocalAddress);
                assertClosed(channel, closed::getRemoteAddress);
                assertClosed(channel, () -> closed.configureBlocking(false));
                assertClosed(channel, () -> closed.getOption(StandardSocketOptions.SO_RCVBUF));
                assertClosed(channel, () -> closed.setOption(StandardSocketOptions.SO_RCVBUF, 4096));
                assertTrue(closed.toString().contains("closed"), closed::toString);
                assertTrue(closed.socket().isClosed());
                try (Selector selector = Selector.open()) {
                    assertClosed(channel, () -> closed.register(selector, SelectionKey.OP_READ));
                }
            }
        }
    }

    @ForEachChannel
    void aClosedServerDoesNothingMore(ChannelKind channel) throws Exception {
        for (ServerSocketChannel closed : new ServerSocketChannel[] { channel.openServer(), channel.listen() }) {
            closed.close();
            closed.close();
            assertFalse(closed.isOpen());
            assertClosed(channel, closed::accept);
            assertClosed(channel, () -> closed.bind(null));
            assertClosed(channel, () -> closed.bind(channel.freeEndpoint()));
            assertClosed(channel, closed::getLocalAddress);
            assertClosed(channel, () -> closed.configureBlocking(false));
            assertClosed(channel, () -> closed.getOption(StandardSocketOptions.SO_RCVBUF));
            assertTrue(closed.toString().contains("closed"), closed::toString);
            assertTrue(closed.socket().isClosed());
        }
    }

    @ForEachChannel
    void aChannelInBlockingModeIsNotRegistered(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); ServerSocketChannel server = channel.listen();
             Selector selector = Selector.open()) {
            assertFails(IllegalBlockingModeException.class,
                () -> pair.client().register(selector, SelectionKey.OP_READ));
            assertFails(IllegalBlockingModeException.class, () -> pair.peer().register(selector, SelectionKey.OP_READ));
            assertFails(IllegalBlockingModeException.class, () -> server.register(selector, SelectionKey.OP_ACCEPT));
        }
    }

    @ForEachChannel
    void aRegisteredChannelDoesNotGoBackToBlockingMode(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); Selector selector = Selector.open()) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, 0);
            assertFails(IllegalBlockingModeException.class, () -> pair.client().configureBlocking(true));
            assertSame(pair.client(), pair.client().configureBlocking(false), "nothing to change");
            key.cancel();
            selector.selectNow();
            pair.client().configureBlocking(true);
            Streams.assertConnected(pair);
        }
    }

    @ForEachChannel
    void anAddressOfAnotherKindIsRefused(ChannelKind channel) throws Exception {
        for (SocketAddress address : new SocketAddress[] { new ForeignAddress(),
            UnixDomainSocketAddress.of("/nowhere") }) {
            try (SocketChannel client = channel.openClient(); ServerSocketChannel server = channel.openServer()) {
                assertFails(UnsupportedAddressTypeException.class, () -> client.bind(address));
                assertFails(UnsupportedAddressTypeException.class, () -> client.connect(address));
                assertFails(UnsupportedAddressTypeException.class, () -> server.bind(address));
                assertTrue(client.isOpen());
                assertTrue(server.isOpen());
                client.bind(channel.freeEndpoint()); // that decides nothing
                server.bind(channel.freeEndpoint());
            }
        }
    }

    @ForEachChannel
    void anAddressOfTheOtherFamilyIsRefusedByAChannelThatHasOne(ChannelKind channel) throws Exception {
        SocketAddress other = channel.isVsock() ? new InetSocketAddress("127.0.0.1", 1) : VsockSocketAddress.of(1, 1);
        try (SocketChannel client = channel.openClient().bind(channel.freeEndpoint())) {
            if (channel != ChannelKind.JDK_TCP) // the mapped form is an IPv6 address, which an IPv4 socket refuses, too
                assertFails(UnsupportedAddressTypeException.class, () -> client.connect(other));
            assertTrue(client.isOpen());
        }
    }

    @ForEachChannel
    void anUnresolvedAddressIsRefused(ChannelKind channel) throws Exception {
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved("name.invalid", 80);
        try (SocketChannel client = channel.openClient(); ServerSocketChannel server = channel.openServer()) {
            assertFails(UnresolvedAddressException.class, () -> client.bind(unresolved));
            assertFails(UnresolvedAddressException.class, () -> client.connect(unresolved));
            assertFails(UnresolvedAddressException.class, () -> server.bind(unresolved));
            assertTrue(client.isOpen());
            client.bind(channel.freeEndpoint());
            server.bind(channel.freeEndpoint());
        }
    }

    @ForEachChannel
    void nullIsNoDestination(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient()) {
            assertFails(NullPointerException.class, () -> client.connect(null));
            assertTrue(client.isOpen());
            assertFails(NullPointerException.class, () -> client.setOption(null, 1));
            assertFails(NullPointerException.class, () -> client.getOption((SocketOption<?>) null));
        }
    }

    /**
     * For TCP, a bind to null is a bind to the wildcard; for vsock, to any CID. An undecided client stays undecided.
     */
    @ForEachChannel
    void nullIsAPlaceToBind(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient().bind(null)) {
            assertNotNull(client.getLocalAddress());
            assertNotEquals(0, ChannelKind.portOf(client.getLocalAddress()));
        }
    }

    @ForEachChannel
    void toStringTellsTheStateAndTheAddresses(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient(); ServerSocketChannel server = channel.openServer()) {
            assertTrue(client.toString().contains("unconnected"), client::toString);
            assertTrue(server.toString().contains("unbound"), server::toString);
        }
        try (Pair pair = Pair.of(channel); ServerSocketChannel server = channel.listen()) {
            assertTrue(pair.client().toString().contains("connected local="), pair.client()::toString);
            String port = ":" + ((InetSocketAddress) pair.client().getRemoteAddress()).getPort();
            assertTrue(pair.client().toString().endsWith(port + "]"), pair.client()::toString);
            if (channel.isVsock()) // JDK 25's own exception has no message
                assertTrue(server.toString().endsWith("[" + server.getLocalAddress() + "]"), server::toString);
        }
    }
}
