package io.niovsock.natives;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Internals;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A selector may look at a key just between the moment at which its number is given to another socket and the one at which
 * the key is told to register anew. Then it has added that socket already, with the interest of that moment. Races meet it
 * once in some thousand times; to have every key registered anew once more makes the same state each time.
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
            selector.selectNow(); // takes the wake-up that reregister leaves

            long start = System.nanoTime();
            assertEquals(0, selector.select(100));
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertTrue(millis >= 100, () -> "a socket that nobody asks about woke the selector after " + millis + " ms");
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
