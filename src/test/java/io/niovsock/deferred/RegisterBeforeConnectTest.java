// SPDX-License-Identifier: Apache-2.0
package io.niovsock.deferred;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Event loops register a channel before they connect it. A selector knows the channel by its descriptor's number, and
 * the decision re-points that number at another socket. The selector must select the new socket, even if it is waiting.
 */
class RegisterBeforeConnectTest {
    private static final int READ = SelectionKey.OP_READ;
    private static final int WRITE = SelectionKey.OP_WRITE;
    private static final int CONNECT = SelectionKey.OP_CONNECT;

    static Stream<Arguments> channelsAndInterests() {
        return Stream.of(ChannelKind.JDK_TCP, ChannelKind.TCP, ChannelKind.VSOCK, ChannelKind.DEFERRED_VSOCK)
            .flatMap(channel -> IntStream.of(0, READ, CONNECT, WRITE, READ | CONNECT, READ | WRITE,
            READ | WRITE | CONNECT)
                .mapToObj(interest -> Arguments.of(channel, interest)));
    }

    private static long timeout() {
        return Machine.PATIENCE.toMillis();
    }

    /** Selects until only the key is ready, for exactly the operation. Another ready operation is a failure. */
    private static void assertSelected(Selector selector, SelectionKey key, int operation) throws Exception {
        assertEquals(1, selector.select(timeout()), "ready for operation " + operation);
        assertEquals(Set.of(key), selector.selectedKeys());
        assertEquals(operation, key.readyOps());
        selector.selectedKeys().clear();
    }

    private static void finishConnect(Selector selector, SelectionKey key) throws Exception {
        SocketChannel client = (SocketChannel) key.channel();
        if (!client.isConnectionPending())
            return;
        key.interestOps(CONNECT);
        selector.selectNow(); // takes the wake-up that the decision has left
        selector.selectedKeys().clear();
        assertSelected(selector, key, CONNECT);
        assertTrue(client.finishConnect());
    }

    /** Once connected, the key reports reading and writing exactly if they are possible. */
    private static void assertKeyWorks(Selector selector, SelectionKey key, SocketChannel peer) throws Exception {
        SocketChannel client = (SocketChannel) key.channel();
        assertTrue(key.isValid());
        key.interestOps(READ);
        selector.selectNow();
        selector.selectedKeys().clear();
        assertEquals(0, selector.selectNow(), "nothing to read yet");

        Streams.write(peer, "x");
        assertSelected(selector, key, READ);
        assertEquals("x", Streams.readText(client, 1));
        assertEquals(0, selector.selectNow());

        key.interestOps(WRITE);
        assertSelected(selector, key, WRITE);
        key.interestOps(READ | WRITE);
        assertSelected(selector, key, WRITE);
        Streams.write(client, "y");
        assertEquals("y", Streams.readText(peer, 1));

        key.interestOps(0);
        peer.close();
        assertEquals(0, selector.selectNow(), "interest is in nothing");
        key.interestOps(READ);
        assertSelected(selector, key, READ);
        Streams.assertEnd(client);
    }

    /** What the program does with its registered channel before it connects. */
    private interface Preparation {
        void run(Selector selector, SelectionKey key) throws Exception;
    }

    private static void assertKeyWorksAfter(ChannelKind channel, int interest, Preparation preparation)
        throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.listen();
             SocketChannel client = channel.openClient()) {
            SelectionKey key = client.configureBlocking(false).register(selector, interest);
            preparation.run(selector, key);
            selector.selectedKeys().clear();
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept()) {
                finishConnect(selector, key);
                assertSame(key, client.keyFor(selector));
                assertSame(client, key.channel());
                assertKeyWorks(selector, key, peer);
            }
        }
    }

    @ParameterizedTest(name = "{0}, interest {1}")
    @MethodSource("channelsAndInterests")
    void aKeyMadeButNeverSelectedWorksAfterwards(ChannelKind channel, int interest) throws Exception {
        assertKeyWorksAfter(channel, interest, (selector, key) -> { });
    }

    @ParameterizedTest(name = "{0}, interest {1}")
    @MethodSource("channelsAndInterests")
    void aKeyThatWasSelectedWithBeforeWorksAfterwards(ChannelKind channel, int interest) throws Exception {
        assertKeyWorksAfter(channel, interest, (selector, key) -> {
            selector.selectNow();
            selector.selectNow();
        });
    }

    /** The selector is told of an interest that is no longer there when the channel connects. */
    @ParameterizedTest(name = "{0}, interest {1}")
    @MethodSource("channelsAndInterests")
    void aKeyWhoseInterestHasChangedBeforeWorksAfterwards(ChannelKind channel, int interest) throws Exception {
        assertKeyWorksAfter(channel, interest, (selector, key) -> {
            selector.selectNow();
            key.interestOps(WRITE);
            selector.selectNow();
            key.interestOps(interest);
        });
    }

    /** The bind decides, not the connect. */
    @ParameterizedTest(name = "{0}, interest {1}")
    @MethodSource("channelsAndInterests")
    void aKeyOfAChannelThatIsBoundFirstWorksAfterwards(ChannelKind channel, int interest) throws Exception {
        assertKeyWorksAfter(channel, interest, (selector, key) -> {
            selector.selectNow();
            ((SocketChannel) key.channel()).bind(channel.freeEndpoint());
        });
    }

    @ParameterizedTest(name = "{0}, interest {1}")
    @MethodSource("channelsAndInterests")
    void severalSelectorsAllComeToKnow(ChannelKind channel, int interest) throws Exception {
        List<Selector> selectors = new ArrayList<>();
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            client.configureBlocking(false);
            List<SelectionKey> keys = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                selectors.add(Selector.open());
                keys.add(client.register(selectors.get(i), interest));
            }
            selectors.get(0).selectNow(); // the others select later
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept()) {
                finishConnect(selectors.get(2), keys.get(2));
                for (int i = 0; i < 3; i++) {
                    keys.get(i).interestOps(READ);
                    selectors.get(i).selectNow();
                    selectors.get(i).selectedKeys().clear();
                }
                Streams.write(peer, "x");
                for (int i = 0; i < 3; i++)
                    assertSelected(selectors.get(i), keys.get(i), READ);
                assertEquals("x", Streams.readText(client, 1));
                for (int i = 0; i < 3; i++)
                    assertEquals(0, selectors.get(i).selectNow());
                assertKeyWorks(selectors.get(1), keys.get(1), peer);
            }
        } finally {
            for (Selector selector : selectors)
                selector.close();
        }
    }

    /** Only the library, or the event itself, wakes the selector. */
    @ParameterizedTest
    @EnumSource
    void aSelectorThatWaitsAlreadyReportsWhatComes(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.listen();
             SocketChannel client = channel.openClient()) {
            SelectionKey key = client.configureBlocking(false).register(selector, 0);
            try (Background<Integer> waiting =
                Background.start(() -> selectUntil(selector, key, READ, new AtomicInteger()))) {
                waiting.awaitBlocked();
                client.connect(server.getLocalAddress());
                try (SocketChannel peer = server.accept()) {
                    Await.until(() -> "not connected", client::finishConnect);
                    key.interestOps(READ);
                    selector.wakeup();
                    Streams.write(peer, "x");
                    assertEquals(READ, waiting.result());
                    assertEquals("x", Streams.readText(client, 1));
                }
            }
        }
    }

    /** The program never changes the interest after the registration. */
    @ParameterizedTest
    @EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
    void itDoesSoWithTheInterestFromBefore(ChannelKind channel) throws Exception {
        for (int i = 0; i < Machine.rounds(30); i++) {
            try (Selector selector = Selector.open(); ServerSocketChannel server = channel.listen();
                 SocketChannel client = channel.openClient()) {
                SelectionKey key = client.configureBlocking(false).register(selector, READ);
                AtomicInteger wakeUps = new AtomicInteger();
                try (Background<Integer> waiting = Background.start(() -> selectUntil(selector, key, READ, wakeUps))) {
                    if (i % 2 == 0)
                        Await.until(() -> "no thread selects", () -> wakeUps.get() > 10 || waiting.isBlocked());
                    client.connect(server.getLocalAddress());
                    try (SocketChannel peer = server.accept()) {
                        Await.until(() -> "not connected", client::finishConnect);
                        Streams.write(peer, "x");
                        assertEquals(READ, waiting.result());
                    }
                }
            }
        }
    }

    /** An unconnected TCP or AF_UNIX socket always reports a hang-up, so this is a busy loop until the connect. */
    private static int selectUntil(Selector selector, SelectionKey key, int operation, AtomicInteger wakeUps)
        throws Exception {
        long deadline = System.nanoTime() + Machine.PATIENCE.toNanos();
        while (System.nanoTime() - deadline < 0) {
            selector.select(timeout());
            wakeUps.incrementAndGet();
            boolean there = selector.selectedKeys().remove(key) && ((SocketChannel) key.channel()).isConnected();
            if (there && (key.readyOps() & operation) != 0)
                return key.readyOps();
        }
        return 0;
    }

    @ParameterizedTest
    @EnumSource
    void withNothingToReportTheSelectorSleeps(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.listen();
             SocketChannel client = channel.openClient()) {
            SelectionKey key = client.configureBlocking(false).register(selector, CONNECT);
            selector.selectNow();
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept()) {
                Await.until(() -> "not connected", client::finishConnect);
                key.interestOps(READ);
                selector.selectNow();
                selector.selectedKeys().clear();
                try (Background<Integer> waiting = Background.start(() -> selector.select())) {
                    waiting.awaitBlocked();
                    assertFalse(waiting.isDone());
                    Streams.write(peer, "x");
                    assertEquals(1, waiting.result());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKeyCancelledBeforeStaysAway(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.listen();
             SocketChannel client = channel.openClient()) {
            SelectionKey key = client.configureBlocking(false).register(selector, READ);
            selector.selectNow();
            selector.selectedKeys().clear();
            key.cancel();
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept()) {
                Await.until(() -> "not connected", client::finishConnect);
                Streams.write(peer, "x");
                assertEquals(0, selector.selectNow());
                assertFalse(client.isRegistered());

                SelectionKey again = client.register(selector, READ);
                assertSelected(selector, again, READ);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theChannelCanBeClosedRightAway(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.listen()) {
            for (int i = 0; i < 20; i++) {
                SocketChannel client = channel.openClient();
                client.configureBlocking(false).register(selector, READ | CONNECT);
                if (i % 2 == 0)
                    selector.selectNow();
                client.connect(server.getLocalAddress());
                client.close();
                try (SocketChannel peer = server.accept()) {
                    if (!channel.isVsock())
                        continue; // TCP may have been closed before it was connected
                    assertEquals(-1, peer.read(ByteBuffer.allocate(1)));
                }
                selector.selectNow();
                assertEquals(0, selector.keys().size());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theKeyIsValidUntilTheChannelIsClosed(ChannelKind channel) throws Exception {
        SocketChannel client = channel.openClient();
        try (Selector selector = Selector.open()) {
            SelectionKey key = client.configureBlocking(false).register(selector, 0);
            try (Pair pair = Pair.of(channel, client)) {
                assertTrue(key.isValid());
                assertKeyWorks(selector, key, pair.peer());
            }
            assertFalse(key.isValid());
        }
    }
}
