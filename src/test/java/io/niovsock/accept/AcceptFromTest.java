// SPDX-License-Identifier: Apache-2.0
package io.niovsock.accept;

import io.niovsock.VsockPeers;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A listener of each kind closes the connections of peers that are not in its set, and goes on. */
class AcceptFromTest {
    private static final VsockSocketAddress FREE = VsockSocketAddress.local(0);

    private static ServerSocketChannel listen(ChannelKind kind, VsockPeers peers) throws IOException {
        ServerSocketChannel server = kind.openServer();
        try {
            return server.setOption(VsockSocketOptions.ACCEPT_FROM, peers).bind(kind.freeEndpoint());
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** The accept has judged and closed the client's connection. */
    private static void assertRefused(SocketChannel client) throws IOException {
        Streams.assertEnd(client);
    }

    @ForEachVsockChannel
    void aNewListenerAcceptsEveryPeer(ChannelKind kind) throws Exception {
        try (ServerSocketChannel server = kind.openServer()) {
            assertTrue(server.supportedOptions().contains(VsockSocketOptions.ACCEPT_FROM));
            assertEquals(VsockPeers.ANY, server.getOption(VsockSocketOptions.ACCEPT_FROM));
            server.bind(kind.freeEndpoint());
            assertTrue(server.supportedOptions().contains(VsockSocketOptions.ACCEPT_FROM));
            assertEquals(VsockPeers.ANY, server.getOption(VsockSocketOptions.ACCEPT_FROM));
        }
    }

    @ForEachVsockChannel
    void theOptionIsOfListenersOnly(ChannelKind kind) throws Exception {
        try (SocketChannel undecided = kind.openClient(); Pair pair = Pair.of(kind)) {
            for (SocketChannel channel : new SocketChannel[] { undecided, pair.client(), pair.peer() }) {
                assertFalse(channel.supportedOptions().contains(VsockSocketOptions.ACCEPT_FROM));
                assertFails(UnsupportedOperationException.class,
                    () -> channel.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST));
            }
        }
    }

    @ForEachVsockChannel
    void noValueIsRefused(ChannelKind kind) throws Exception {
        try (ServerSocketChannel server = kind.openServer()) {
            assertFails(IllegalArgumentException.class, () -> server.setOption(VsockSocketOptions.ACCEPT_FROM, null));
            server.bind(kind.freeEndpoint());
            assertFails(IllegalArgumentException.class, () -> server.setOption(VsockSocketOptions.ACCEPT_FROM, null));
        }
    }

    @ForEachVsockChannel
    void aPeerOfTheSetIsAccepted(ChannelKind kind) throws Exception {
        try (ServerSocketChannel server = listen(kind, VsockPeers.LOCAL);
             SocketChannel client = SocketChannel.open(server.getLocalAddress());
             SocketChannel peer = server.accept(); Pair pair = new Pair(client, peer)) {
            Streams.assertConnected(pair);
        }
    }

    @ForEachVsockChannel
    void aRefusedPeerSeesTheEndOfTheStream(ChannelKind kind) throws Exception {
        try (ServerSocketChannel server = listen(kind, VsockPeers.HOST);
             SocketChannel client = SocketChannel.open(server.getLocalAddress());
             Background<SocketChannel> acceptor = Background.start(server::accept)) {
            assertRefused(client);
            acceptor.awaitBlocked();
            server.close();
        }
    }

    /** Its bytes are lost, and the end is as clean as without them. */
    @ForEachVsockChannel
    void aRefusedPeerMayHaveSentBytes(ChannelKind kind) throws Exception {
        try (ServerSocketChannel server = listen(kind, VsockPeers.HOST);
             SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            Streams.write(client, "let me in");
            try (Background<SocketChannel> acceptor = Background.start(server::accept)) {
                assertRefused(client);
                server.close();
            }
        }
    }

    /** The waiting connection was made under the old set, and is judged by the new one. */
    @ForEachVsockChannel
    void aChangeHoldsForTheNextAccept(ChannelKind kind) throws Exception {
        try (ServerSocketChannel server = listen(kind, VsockPeers.LOCAL);
             SocketChannel early = SocketChannel.open(server.getLocalAddress())) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
            assertEquals(VsockPeers.HOST, server.getOption(VsockSocketOptions.ACCEPT_FROM));
            try (Background<SocketChannel> acceptor = Background.start(server::accept)) {
                assertRefused(early);
                acceptor.awaitBlocked();
                server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.parse("local,42"));
                try (SocketChannel client = SocketChannel.open(server.getLocalAddress());
                     SocketChannel peer = acceptor.result(); Pair pair = new Pair(client, peer)) {
                    Streams.assertConnected(pair);
                }
            }
        }
    }

    @ForEachVsockChannel
    void inNonBlockingModeTheResultIsNull(ChannelKind kind) throws Exception {
        try (ServerSocketChannel server = listen(kind, VsockPeers.HOST);
             SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            server.configureBlocking(false);
            assertNull(server.accept());
            assertRefused(client);
        }
    }

    /** The selector cannot know the peer. After the accept, nothing waits any more. */
    @ForEachVsockChannel
    void aSelectorReportsARefusedPeerOnce(ChannelKind kind) throws Exception {
        try (ServerSocketChannel server = listen(kind, VsockPeers.HOST); Selector selector = Selector.open()) {
            server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                assertEquals(1, selector.select(Machine.PATIENCE.toMillis()));
                selector.selectedKeys().clear();
                assertNull(server.accept());
                assertRefused(client);
                assertEquals(0, selector.selectNow());
                server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.LOCAL);
                try (SocketChannel next = SocketChannel.open(server.getLocalAddress())) {
                    assertEquals(1, selector.select(Machine.PATIENCE.toMillis()));
                    try (SocketChannel peer = server.accept(); Pair pair = new Pair(next, peer)) {
                        Streams.assertConnected(pair);
                    }
                }
            }
        }
    }

    @Test
    void anAsynchronousListenerGoesOn() throws Exception {
        try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open()) {
            assertEquals(VsockPeers.ANY, server.getOption(VsockSocketOptions.ACCEPT_FROM));
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST).bind(FREE);
            assertEquals(VsockPeers.HOST, server.getOption(VsockSocketOptions.ACCEPT_FROM));
            Future<AsynchronousSocketChannel> accepted = server.accept();
            for (int i = 0; i < 3; i++) {
                try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                    assertRefused(client);
                }
            }
            assertFalse(accepted.isDone());
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.LOCAL);
            try (SocketChannel client = SocketChannel.open(server.getLocalAddress());
                 AsynchronousSocketChannel peer = accepted.get(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                assertEquals(client.getLocalAddress().toString().replaceFirst(".*:", ""),
                    peer.getRemoteAddress().toString().replaceFirst(".*:", ""));
            }
        }
    }

    @Test
    void aServerSocketGoesOn() throws Exception {
        try (ServerSocket server = VsockServerSocketFactory.getDefault().createServerSocket()) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
            server.bind(FREE);
            assertEquals(VsockPeers.HOST, server.getOption(VsockSocketOptions.ACCEPT_FROM));
            assertGoesOn(server);
        }
    }

    @ForEachVsockChannel
    void theServerSocketOfAChannelGoesOn(ChannelKind kind) throws Exception {
        try (ServerSocketChannel channel = kind.openServer(); ServerSocket server = channel.socket()) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
            server.bind(FREE);
            assertGoesOn(server);
        }
    }

    private static void assertGoesOn(ServerSocket server) throws Exception {
        SocketAddress where = server.getLocalSocketAddress();
        try (Background<Socket> acceptor = Background.start(server::accept)) {
            try (Socket client = VsockSocketFactory.getDefault().createSocket()) {
                client.connect(where);
                assertEquals(-1, client.getInputStream().read());
            }
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.LOCAL);
            try (Socket client = VsockSocketFactory.getDefault().createSocket()) {
                client.connect(where);
                try (Socket peer = acceptor.result()) {
                    peer.getOutputStream().write(7);
                    assertEquals(7, client.getInputStream().read());
                }
            }
        }
    }

    @Test
    void aListenerOfRecordsGoesOn() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET);
             SocketChannel refused = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET);
             SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST).bind(FREE);
            refused.connect(server.getLocalAddress());
            try (Background<SocketChannel> acceptor = Background.start(server::accept)) {
                assertRefused(refused);
                server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.LOCAL);
                client.connect(server.getLocalAddress());
                try (SocketChannel peer = acceptor.result(); Pair pair = new Pair(client, peer)) {
                    Streams.assertConnected(pair);
                }
            }
        }
    }

    /** A machine without another CID is its own host. The emulation keeps the CID that a process has connected to. */
    @Test
    void aProcessOfThisMachineIsLocalByWhateverCidItConnects() throws Exception {
        VsockPeers own = Machine.isEmulated() ? VsockPeers.HOST : VsockPeers.LOCAL;
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, own).bind(VsockSocketAddress.any(0));
            long port = ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
            try (SocketChannel client = SocketChannel.open(VsockSocketAddress.host(port));
                 SocketChannel peer = server.accept(); Pair pair = new Pair(client, peer)) {
                Streams.assertConnected(pair);
                assertTrue(own.contains(((VsockSocketAddress) peer.getRemoteAddress()).getCid()),
                    () -> peer + " is not of " + own);
            }
        }
    }

    @Test
    void refusedConnectionsAreCounted() throws Exception {
        try (ServerSocketChannel server = listen(ChannelKind.VSOCK, VsockPeers.HOST)) {
            long before = Flood.refused();
            server.configureBlocking(false);
            for (int i = 0; i < 3; i++) {
                try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                    assertNotNull(client);
                    assertNull(server.accept());
                }
            }
            assertEquals(before + 3, Flood.refused());
        }
    }
}
