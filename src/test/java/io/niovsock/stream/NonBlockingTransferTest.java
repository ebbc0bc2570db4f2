// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stream;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class NonBlockingTransferTest {
    @ForEachChannel
    void aReadWithNothingThereGivesZeroAtOnce(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().configureBlocking(false);
            assertEquals(0, pair.client().read(ByteBuffer.allocate(10)));
            assertEquals(0, pair.client().read(ByteBuffer.allocateDirect(10)));
            assertEquals(0, pair.client().read(new ByteBuffer[] { ByteBuffer.allocate(1),
                ByteBuffer.allocateDirect(1) }));

            Streams.write(pair.peer(), "now");
            assertEquals("now", Streams.readText(pair.client(), 3));
            assertEquals(0, pair.client().read(ByteBuffer.allocate(10)));
        }
    }

    @ForEachChannel
    void aWriteThatFindsNoRoomGivesZeroAndLosesNothing(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            long filled = Streams.fill(pair.client());
            pair.client().configureBlocking(false);
            ByteBuffer src = ByteBuffer.allocate(100_000);
            long more = pair.client().write(src); // TCP may accept some
            assertEquals(more, src.position());
            if (channel.isVsock()) {
                assertEquals(0, more);
                assertEquals(0, pair.client().write(new ByteBuffer[] { src, ByteBuffer.allocateDirect(10) }));
            }
            pair.client().shutdownOutput();
            assertEquals(filled + more, Streams.readToEnd(pair.peer()).length);
        }
    }

    @ForEachChannel
    void anAcceptWithNobodyThereGivesNullAtOnce(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            server.configureBlocking(false);
            assertNull(server.accept());

            client.connect(server.getLocalAddress());
            SocketChannel[] accepted = new SocketChannel[1];
            Await.until(() -> "no connection was accepted", () -> (accepted[0] = server.accept()) != null);
            try (SocketChannel peer = accepted[0]) {
                assertNotNull(peer);
                assertTrue(peer.isBlocking(), "an accepted channel starts in blocking mode");
                assertNull(server.accept());
            }
        }
    }

    @ForEachChannel
    void aChannelSwitchesBetweenTheModes(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            for (int i = 0; i < 5; i++) {
                assertTrue(pair.client().isBlocking());
                Streams.assertConnected(pair);
                pair.client().configureBlocking(false);
                assertFalse(pair.client().isBlocking());
                assertEquals(0, pair.client().read(ByteBuffer.allocate(1)));
                Streams.assertConnected(pair);
                pair.client().configureBlocking(true);
            }
        }
    }

    @ForEachChannel
    void aNonBlockingConnectIsFinishedByFinishConnect(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            client.configureBlocking(false);
            boolean atOnce = client.connect(server.getLocalAddress());
            assertEquals(!atOnce, client.isConnectionPending());
            assertEquals(atOnce, client.isConnected());
            try (SocketChannel peer = server.accept()) {
                Await.until(() -> "not connected: " + client, client::finishConnect);
                assertTrue(client.isConnected());
                assertFalse(client.isConnectionPending());
                assertTrue(client.finishConnect(), "again");
                assertFalse(client.isBlocking());
                Streams.assertConnected(new Pair(client, peer));
            }
        }
    }

    @ForEachChannel
    void aConnectBegunWithoutBlockingCanBeFinishedBlocking(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            client.configureBlocking(false);
            client.connect(server.getLocalAddress());
            client.configureBlocking(true);
            assertTrue(client.finishConnect());
            try (SocketChannel peer = server.accept()) {
                Streams.assertConnected(new Pair(client, peer));
            }
        }
    }
}
