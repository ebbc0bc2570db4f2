// SPDX-License-Identifier: Apache-2.0
package io.niovsock.natives;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Internals;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A selector may read a key after its number was re-pointed at another socket, and before the key is told to register
 * again. Then the selector has already added that socket, with the interest of that moment. A race meets this state
 * once in some thousand runs. This test registers every key once more, which makes the same state each time.
 */
class ReregisterTest {
    private static final long TIMEOUT_MILLIS = Machine.PATIENCE.toMillis() / 10;

    @ForEachVsockChannel
    void anInterestThatChangesThenIsInForce(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, SelectionKey.OP_WRITE);
            selector.selectNow();
            selector.selectedKeys().clear();

            Internals.reregister((AbstractSelectableChannel) pair.client());
            key.interestOps(SelectionKey.OP_READ);
            selector.selectNow();
            selector.selectedKeys().clear();

            Streams.write(pair.peer(), "x");
            assertEquals(1, selector.select(TIMEOUT_MILLIS));
            assertEquals(SelectionKey.OP_READ, key.readyOps());
        }
    }

    @ForEachVsockChannel
    void anInterestThatEndsThenIsNoLonger(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, SelectionKey.OP_WRITE);
            selector.selectNow();
            selector.selectedKeys().clear();

            Internals.reregister((AbstractSelectableChannel) pair.client());
            key.interestOps(0);
            assertNothingIsSelected(selector, 100);
        }
    }

    private static void assertNothingIsSelected(Selector selector, int waitMillis) throws IOException {
        long start = System.nanoTime();
        assertEquals(0, selector.select(waitMillis));
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(millis >= waitMillis, () -> "the selector was woken after " + millis + " ms");
    }

    /** Much code takes a select that returns 0 for one whose time is over. */
    @ForEachVsockChannel
    void aSelectAfterTheDecisionWaits(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel listener = channel.listen();
             SocketChannel client = channel.openClient()) {
            client.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            client.connect(listener.getLocalAddress());
            Await.until(() -> "not connected", client::finishConnect);
            assertNothingIsSelected(selector, 100);
        }
    }

    @ForEachVsockChannel
    void aSelectThatIsUnderWayIsWoken(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            pair.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            try (Background<Integer> selecting = Background.start(() -> selector.select())) {
                selecting.awaitBlocked();
                Internals.reregister((AbstractSelectableChannel) pair.client());
                assertEquals(0, selecting.result());
            }
        }
    }

    @ForEachVsockChannel
    void aKeyThatIsRegisteredAnewWorksAsBefore(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            selector.selectNow();
            for (int i = 0; i < 3; i++) {
                Internals.reregister((AbstractSelectableChannel) pair.client());
                selector.selectNow();
                assertEquals(0, selector.selectNow());
                Streams.write(pair.peer(), "x");
                assertEquals(1, selector.select(TIMEOUT_MILLIS));
                assertEquals("x", Streams.readText(pair.client(), 1));
                selector.selectedKeys().clear();
            }
            key.cancel();
            assertEquals(0, selector.selectNow());
        }
    }
}
