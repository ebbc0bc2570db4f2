// SPDX-License-Identifier: Apache-2.0
package io.niovsock.selector;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SelectedOperationsTest {
    private static final int READ = SelectionKey.OP_READ;
    private static final int WRITE = SelectionKey.OP_WRITE;
    private static final long TIMEOUT_MILLIS = Machine.PATIENCE.toMillis();

    @ForEachChannel
    void aConnectionIsReportedByConnect(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.listen();
             SocketChannel client = channel.openClient()) {
            client.configureBlocking(false);
            boolean connected = client.connect(server.getLocalAddress());
            SelectionKey key = client.register(selector, SelectionKey.OP_CONNECT);
            if (!connected) {
                assertEquals(1, selector.select(TIMEOUT_MILLIS));
                assertTrue(key.isConnectable());
                assertTrue(client.finishConnect());
                selector.selectedKeys().clear();
            }
            assertEquals(0, selector.selectNow(), "no longer, once it is connected");
            server.accept().close();
        }
    }

    @ForEachChannel
    void aFailedConnectionIsReportedToo(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); SocketChannel client = channel.openClient()) {
            client.configureBlocking(false);
            SelectionKey key = client.register(selector, SelectionKey.OP_CONNECT);
            assertFails(ConnectException.class, () -> {
                if (!client.connect(channel.nobody())) {
                    assertEquals(1, selector.select(TIMEOUT_MILLIS));
                    assertTrue(key.isConnectable());
                    client.finishConnect();
                }
            });
            assertFalse(client.isOpen());
            assertFalse(key.isValid());
        }
    }

    @ForEachChannel
    void aClientIsReportedByAccept(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.listen();
             SocketChannel client = channel.openClient()) {
            SelectionKey key = server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            assertEquals(0, selector.selectNow());
            client.connect(server.getLocalAddress());
            assertEquals(1, selector.select(TIMEOUT_MILLIS));
            assertEquals(SelectionKey.OP_ACCEPT, key.readyOps());
            selector.selectedKeys().clear();
            assertEquals(1, selector.selectNow(), "still");
            server.accept().close();
            selector.selectedKeys().clear();
            assertEquals(0, selector.selectNow());
        }
    }

    @ForEachChannel
    void writingIsReportedWhileThereIsRoom(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            long filled = Streams.fill(pair.client());
            SelectionKey key = pair.client().configureBlocking(false).register(selector, WRITE);
            assertEquals(0, selector.selectNow(), "full");
            try (Background<byte[]> reader = Background.start(() -> Streams.readExactly(pair.peer(), (int) filled))) {
                assertEquals(1, selector.select(TIMEOUT_MILLIS));
                assertEquals(WRITE, key.readyOps());
                reader.result();
            }
        }
    }

    @ForEachChannel
    void readingIsReportedUntilAllIsRead(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, READ | WRITE);
            assertEquals(1, selector.select(TIMEOUT_MILLIS));
            assertEquals(WRITE, key.readyOps());
            key.interestOps(READ);
            selector.selectedKeys().clear();

            Streams.write(pair.peer(), "ab");
            for (String part : new String[] { "a", "b" }) {
                assertEquals(1, selector.select(TIMEOUT_MILLIS));
                assertEquals(READ, key.readyOps());
                assertEquals(part, Streams.readText(pair.client(), 1));
                selector.selectedKeys().clear();
            }
            assertEquals(0, selector.selectNow());
        }
    }

    @ForEachChannel
    void theEndOfTheStreamIsReportedAsReading(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, READ);
            Streams.write(pair.peer(), "last");
            pair.peer().close();
            assertEquals(1, selector.select(TIMEOUT_MILLIS));
            assertTrue(key.isReadable());
            assertEquals("last", Streams.readText(pair.client(), 4), "a hang-up loses nothing that was queued");
            selector.selectedKeys().clear();
            assertEquals(1, selector.select(TIMEOUT_MILLIS));
            Streams.assertEnd(pair.client());
        }
    }

    /** Ready operations accumulate in a key that stays in the selected set. */
    @ForEachChannel
    void aSelectedKeyCollectsOperations(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, WRITE);
            assertEquals(1, selector.select(TIMEOUT_MILLIS));
            assertEquals(0, selector.selectNow(), "nothing new");
            key.interestOps(READ);
            Streams.write(pair.peer(), "x");
            assertEquals(1, selector.select(TIMEOUT_MILLIS));
            assertEquals(READ | WRITE, key.readyOps());
            assertEquals(Set.of(key), selector.selectedKeys());
        }
    }

    @ForEachChannel
    void anActionIsGivenTheKeys(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, READ);
            Streams.write(pair.peer(), "x");
            List<SelectionKey> given = new ArrayList<>();
            assertEquals(1, selector.select(given::add, TIMEOUT_MILLIS));
            assertEquals(List.of(key), given);
            assertTrue(selector.selectedKeys().isEmpty());
        }
    }

    @ForEachChannel
    void registeringAgainChangesTheKey(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, READ, "first");
            assertSame(key, pair.client().register(selector, WRITE, "second"));
            assertEquals("second", key.attachment());
            assertEquals(WRITE, key.interestOps());
            assertEquals(1, selector.select(TIMEOUT_MILLIS));
            assertEquals(1, selector.keys().size());
        }
    }

    @ForEachChannel
    void aCancelledKeyIsNotSelected(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, READ);
            Streams.write(pair.peer(), "x");
            key.cancel();
            assertFalse(key.isValid());
            assertFails(CancelledKeyException.class, () -> pair.client().register(selector, READ));
            assertEquals(0, selector.selectNow());
            assertFails(CancelledKeyException.class, key::interestOps);
            assertNull(pair.client().keyFor(selector));
            assertTrue(pair.client().isOpen());
            assertEquals("x", Streams.readText(pair.client(), 1));
        }
    }

    @ForEachChannel
    void operationsThatTheChannelHasNotAreRefused(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel);
             ServerSocketChannel server = channel.listen()) {
            pair.client().configureBlocking(false);
            server.configureBlocking(false);
            assertFails(IllegalArgumentException.class, () -> pair.client().register(selector, SelectionKey.OP_ACCEPT));
            assertFails(IllegalArgumentException.class, () -> server.register(selector, READ));
            assertFails(IllegalArgumentException.class, () -> pair.client().register(selector, 1 << 20));
            SelectionKey key = pair.client().register(selector, READ);
            assertFails(IllegalArgumentException.class, () -> key.interestOps(SelectionKey.OP_ACCEPT));
        }
    }

    @ForEachChannel
    void aClosedSelectorLetsTheChannelsGo(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Selector selector = Selector.open();
            SelectionKey key = pair.client().configureBlocking(false).register(selector, READ);
            selector.selectNow();
            selector.close();
            assertFalse(key.isValid());
            assertFalse(pair.client().isRegistered());
            assertTrue(pair.client().isOpen());
            assertFails(ClosedSelectorException.class, () -> pair.client().register(selector, READ));
            pair.client().configureBlocking(true);
            Streams.assertConnected(pair);
        }
    }

    @ForEachChannel
    void aSelectionEndsByWakeupByInterruptAndByClose(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().configureBlocking(false);
            for (String end : List.of("wakeup", "interrupt", "close")) {
                try (Selector selector = Selector.open()) {
                    pair.client().register(selector, READ);
                    try (Background<Integer> waiting = Background.start(() -> selector.select())) {
                        waiting.awaitBlocked();
                        switch (end) {
                            case "wakeup" -> selector.wakeup();
                            case "interrupt" -> waiting.interrupt();
                            default -> selector.close();
                        }
                        assertEquals(0, waiting.result());
                        assertTrue(pair.client().isOpen());
                    }
                }
            }
        }
    }

    @ForEachChannel
    void anInterestChangedByAnotherThreadCountsFromTheNextSelection(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(channel)) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, 0);
            Streams.write(pair.peer(), "x");
            try (Background<Integer> waiting = Background.start(() -> {
                int selected;
                do
                    selected = selector.select();
                while (selected == 0);
                return selected;
            })) {
                waiting.awaitBlocked();
                key.interestOps(READ);
                selector.wakeup();
                assertEquals(1, waiting.result());
                assertEquals(1, pair.client().read(ByteBuffer.allocate(10)));
            }
        }
    }
}
