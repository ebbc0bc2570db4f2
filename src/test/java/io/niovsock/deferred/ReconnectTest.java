// SPDX-License-Identifier: Apache-2.0
package io.niovsock.deferred;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A connect fails, and the event loop opens the next channel before its selector has deregistered the first. The
 * selector must know the second channel alone by its number.
 */
class ReconnectTest {
    @ForEachChannel
    void theNextConnectionIsSelectedAfterOneThatWas(ChannelKind channel) throws Exception {
        assertNextIsSelected(channel, true);
    }

    @ForEachChannel
    void theNextConnectionIsSelectedAfterOneThatNeverWas(ChannelKind channel) throws Exception {
        assertNextIsSelected(channel, false);
    }

    private static void assertNextIsSelected(ChannelKind channel, boolean selectedBefore) throws Exception {
        SocketAddress nobody = channel.nobody();
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.listen();
             SocketChannel first = channel.openClient()) {
            first.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT);
            if (selectedBefore)
                selector.selectNow();
            assertTrue(fails(first, nobody));
            assertFalse(first.isOpen());

            try (SocketChannel second = channel.openClient()) {
                SelectionKey key = second.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT);
                if (!second.connect(server.getLocalAddress())) {
                    awaitSelected(selector, key);
                    assertTrue(second.finishConnect());
                }
                try (SocketChannel peer = server.accept()) {
                    key.interestOps(SelectionKey.OP_READ);
                    Streams.write(peer, "x");
                    awaitSelected(selector, key);
                }
            }
        }
    }

    private static boolean fails(SocketChannel channel, SocketAddress nobody) {
        try {
            boolean connected = channel.connect(nobody);
            while (!connected)
                connected = channel.finishConnect();
            return false;
        } catch (IOException expected) {
            return true;
        }
    }

    private static void awaitSelected(Selector selector, SelectionKey key) throws Exception {
        selector.selectedKeys().clear();
        Await.until(() -> "the key is not selected", () -> {
            selector.selectNow();
            return selector.selectedKeys().contains(key);
        });
        selector.selectedKeys().clear();
    }

    /** A mapped address without permission is refused, and a connection that exists stays open. */
    @Test
    void aConnectionSurvivesAConnectThatIsRefused() throws Exception {
        try (Pair pair = Pair.of(ChannelKind.TCP)) {
            assertFails(AlreadyConnectedException.class,
                () -> pair.client().connect(new InetSocketAddress("ff11:76:736f:636b::2", 5)));
            Streams.assertConnected(pair);
        }
    }
}
