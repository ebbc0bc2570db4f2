// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.VsockPeers;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/** A listener accepts attached guests by their CIDs. */
class AcceptFromTest {
    @TempDir
    Path folder;

    private static long portOf(ServerSocketChannel server) throws IOException {
        return ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
    }

    private static void assertAccepts(ServerSocketChannel server, Guest guest, SocketChannel end) throws IOException {
        try (SocketChannel peer = server.accept()) {
            assertEquals(guest.cid(), ((VsockSocketAddress) peer.getRemoteAddress()).getCid());
            Streams.assertConnected(new Pair(peer, end));
        }
    }

    @Test
    void aGuestOfTheSetIsAccepted() throws Exception {
        try (Guest in = Guest.start(folder); Guest out = Guest.start(folder);
             ServerSocketChannel server = ServerSocketChannel.open()) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.of(in.cid())).bind(VsockSocketAddress.host(0));
            try (SocketChannel refused = out.device().connectToHost(portOf(server));
                 SocketChannel accepted = in.device().connectToHost(portOf(server))) {
                assertAccepts(server, in, accepted);
                server.configureBlocking(false);
                assertNull(server.accept());
                Streams.assertEnd(refused);
            }
        }
    }

    /** The number of the channel stands for a group from then on. */
    @Test
    void theSetHoldsForGuestsThatAreAttachedLater() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.GUESTS).bind(VsockSocketAddress.any(0));
            try (Guest guest = Guest.start(folder)) {
                assertEquals(VsockPeers.GUESTS, server.getOption(VsockSocketOptions.ACCEPT_FROM));
                try (SocketChannel own = SocketChannel.open(VsockSocketAddress.local(portOf(server)));
                     SocketChannel end = guest.device().connectToHost(portOf(server))) {
                    assertAccepts(server, guest, end);
                    server.configureBlocking(false);
                    assertNull(server.accept());
                    Streams.assertEnd(own);
                    server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.LOCAL);
                    try (SocketChannel other = guest.device().connectToHost(portOf(server))) {
                        assertNull(server.accept());
                        Streams.assertEnd(other);
                    }
                }
            }
        }
    }
}
