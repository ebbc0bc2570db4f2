// SPDX-License-Identifier: Apache-2.0
package io.niovsock.accept;

import io.niovsock.Vsock;
import io.niovsock.VsockPeers;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Skip;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * Connections of two machines wait to be accepted. On the emulated transport, a process that connects to its own CID
 * has that CID, and is local if it connects to that.
 */
class MixedBacklogTest {
    private static final VsockSocketAddress ANYWHERE = VsockSocketAddress.any(0);

    @BeforeEach
    void requireTwoCids() {
        if (!Machine.isEmulated())
            throw Skip.because("this machine has one CID only: run on the emulated transport, or guest_and_host:vhost");
    }

    /** Connects once for each CID, in this order. */
    private static List<SocketChannel> connect(ServerSocketChannel server, long... cids) throws IOException {
        List<SocketChannel> clients = new ArrayList<>();
        for (long cid : cids)
            clients.add(SocketChannel.open(VsockSocketAddress.of(cid,
                ((VsockSocketAddress) server.getLocalAddress()).getVsockPort())));
        return clients;
    }

    private static void closeAll(List<SocketChannel> channels) throws IOException {
        for (SocketChannel channel : channels)
            channel.close();
    }

    private static void assertAccepts(ServerSocketChannel server, SocketChannel client) throws IOException {
        try (SocketChannel peer = server.accept()) {
            assertEquals(client.getLocalAddress(), peer.getRemoteAddress());
            Streams.assertConnected(new Pair(client, peer));
        }
    }

    @Test
    void theOthersAreAcceptedInTheirOrder() throws Exception {
        for (boolean blocking : new boolean[] { true, false }) {
            try (ServerSocketChannel server = ServerSocketChannel.open()) {
                server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST).bind(ANYWHERE);
                server.configureBlocking(blocking);
                List<SocketChannel> clients = connect(server, 1, 1, 2, 1, 2, 1);
                assertAccepts(server, clients.get(2));
                assertAccepts(server, clients.get(4));
                server.configureBlocking(false);
                assertNull(server.accept());
                for (int refused : new int[] { 0, 1, 3, 5 })
                    Streams.assertEnd(clients.get(refused));
                closeAll(clients);
            }
        }
    }

    /** A change between two accepts holds for connections that were made before. */
    @Test
    void theSetIsThatOfTheAccept() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST).bind(ANYWHERE);
            List<SocketChannel> clients = connect(server, 1, 2, 1, 2);
            assertAccepts(server, clients.get(1));
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.LOCAL);
            assertAccepts(server, clients.get(2));
            server.configureBlocking(false);
            assertNull(server.accept());
            Streams.assertEnd(clients.get(0));
            Streams.assertEnd(clients.get(3));
            closeAll(clients);
        }
    }

    @Test
    void theMachinesOwnCidIsWhatItIs() throws Exception {
        assertEquals(2, Vsock.localCid());
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.GUESTS).bind(ANYWHERE);
            List<SocketChannel> clients = connect(server, 1, 2);
            server.configureBlocking(false);
            assertNull(server.accept());
            for (SocketChannel client : clients)
                Streams.assertEnd(client);
            closeAll(clients);
        }
    }
}
