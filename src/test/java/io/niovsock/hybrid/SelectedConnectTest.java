// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A non-blocking connect to an attached guest: a selector reports it when the monitor has answered, and not before. */
class SelectedConnectTest {
    private static final int READ = SelectionKey.OP_READ;
    private static final int WRITE = SelectionKey.OP_WRITE;
    private static final int CONNECT = SelectionKey.OP_CONNECT;
    private static final int SLOW_PORT = 5001;
    private static final long QUIET_MILLIS = 100;

    @TempDir
    private Path folder;

    static Stream<Arguments> channelsAndInterests() {
        return Stream.of(ChannelKind.VSOCK, ChannelKind.DEFERRED_VSOCK)
            .flatMap(channel -> IntStream.of(0, READ, CONNECT, WRITE, READ | CONNECT, READ | WRITE | CONNECT)
                .mapToObj(interest -> Arguments.of(channel, interest)));
    }

    /** A monitor that answers when the test tells it to. */
    private static BlockingQueue<String> answersOf(Guest guest) {
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        guest.device().script(SLOW_PORT, (host, port, reply) -> {
            for (String answer = answers.take(); !answer.isEmpty(); answer = answers.take())
                Streams.write(host, answer);
        });
        return answers;
    }

    /** Selects until the key is ready, for exactly the operation. */
    private static void assertSelected(Selector selector, SelectionKey key, int operation) throws IOException {
        long deadline = System.nanoTime() + Machine.PATIENCE.toNanos();
        while (selector.selectedKeys().isEmpty()) {
            selector.select(Machine.PATIENCE.toMillis());
            assertTrue(System.nanoTime() - deadline < 0, "not selected");
        }
        assertEquals(java.util.Set.of(key), selector.selectedKeys());
        assertEquals(operation, key.readyOps());
        selector.selectedKeys().clear();
    }

    /** The selector waits, and does not return over and over. */
    private static void assertQuiet(Selector selector) throws IOException {
        selector.selectNow(); // takes a wake-up
        selector.selectNow();
        assertTrue(isQuiet(selector), "the selector has returned early");
    }

    private static boolean isQuiet(Selector selector) throws IOException {
        long begin = System.nanoTime();
        assertEquals(0, selector.select(QUIET_MILLIS));
        return System.nanoTime() - begin > QUIET_MILLIS * 900_000;
    }

    @ParameterizedTest(name = "{0}, interest {1}")
    @MethodSource("channelsAndInterests")
    void aRegisteredChannelConnects(ChannelKind kind, int interest) throws Exception {
        try (Guest guest = Guest.start(folder); Selector selector = Selector.open();
             SocketChannel client = kind.openClient()) {
            BlockingQueue<String> answers = answersOf(guest);
            SelectionKey key = client.configureBlocking(false).register(selector, interest);
            selector.selectNow();
            selector.selectedKeys().clear();
            assertFalse(client.connect(guest.endpoint(SLOW_PORT)));
            assertQuiet(selector);
            assertFalse(client.finishConnect());
            answers.add("OK 1");
            assertFalse(client.finishConnect());
            key.interestOps(CONNECT);
            Await.until(() -> "the selector returns over and over", () -> isQuiet(selector)); // the part wakes it once
            answers.add("\n");
            assertSelected(selector, key, CONNECT);
            assertSelected(selector, key, CONNECT);
            assertTrue(client.finishConnect());

            key.interestOps(READ);
            assertQuiet(selector);
            answers.add("x");
            assertSelected(selector, key, READ);
            assertEquals("x", Streams.readText(client, 1));
            key.interestOps(WRITE);
            assertSelected(selector, key, WRITE);
            key.interestOps(READ);
            guest.device().die();
            assertSelected(selector, key, READ);
            Streams.assertEnd(client);
            answers.add("");
        }
    }

    /** A program may be interested in everything from the start, and never change that. */
    @ParameterizedTest
    @EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
    void anInterestInWritingIsKept(ChannelKind kind) throws Exception {
        try (Guest guest = Guest.start(folder); Selector selector = Selector.open();
             SocketChannel client = kind.openClient()) {
            BlockingQueue<String> answers = answersOf(guest);
            client.configureBlocking(false);
            assertFalse(client.connect(guest.endpoint(SLOW_PORT)));
            SelectionKey key = client.register(selector, READ | WRITE | CONNECT);
            assertQuiet(selector);
            answers.add("OK 1\n");
            assertSelected(selector, key, CONNECT);
            assertTrue(client.finishConnect());
            assertSelected(selector, key, WRITE);
            answers.add("");
        }
    }

    @Test
    void dataBehindTheReplyIsSelected() throws Exception {
        try (Guest guest = Guest.start(folder); Selector selector = Selector.open();
             SocketChannel client = SocketChannel.open()) {
            BlockingQueue<String> answers = answersOf(guest);
            client.configureBlocking(false);
            client.connect(guest.endpoint(SLOW_PORT));
            SelectionKey key = client.register(selector, CONNECT);
            answers.add("OK 1\nearly");
            assertSelected(selector, key, CONNECT);
            assertTrue(client.finishConnect());
            key.interestOps(READ);
            assertSelected(selector, key, READ);
            assertEquals("early", Streams.readText(client, 5));
            answers.add("");
        }
    }

    @Test
    void aFailureIsSelected() throws Exception {
        try (Guest guest = Guest.start(folder); Selector selector = Selector.open()) {
            guest.device().script(6000, (host, port, reply) -> host.close());
            guest.device().script(6001, (host, port, reply) -> Streams.write(host, "x".repeat(32)));
            for (int port : new int[] { 6000, 6001 }) {
                try (SocketChannel client = SocketChannel.open()) {
                    client.configureBlocking(false);
                    client.connect(guest.endpoint(port));
                    SelectionKey key = client.register(selector, CONNECT);
                    assertSelected(selector, key, CONNECT);
                    assertSelected(selector, key, CONNECT);
                    assertFails(ConnectException.class, client::finishConnect);
                    assertFalse(client.isOpen());
                }
                selector.selectNow();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
    void theLimitIsSelected(ChannelKind kind) throws Exception {
        try (Guest guest = Guest.start(folder); Selector selector = Selector.open();
             SocketChannel client = kind.openClient()) {
            guest.device().script(SLOW_PORT, (host, port, reply) -> { });
            client.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofMillis(50));
            client.configureBlocking(false);
            client.connect(guest.endpoint(SLOW_PORT));
            SelectionKey key = client.register(selector, CONNECT);
            assertSelected(selector, key, CONNECT);
            assertSelected(selector, key, CONNECT);
            assertTrue(assertFails(ConnectException.class, client::finishConnect).getMessage()
                .contains("CONNECT_TIMEOUT"));
        }
    }

    /** While the backlog is full, there is nothing to poll for. Neither may the selector return all the time. */
    @ParameterizedTest(name = "{0}, interest {1}")
    @MethodSource("channelsAndInterests")
    void aFullBacklogIsWaitedFor(ChannelKind kind, int interest) throws Exception {
        try (Guest guest = Guest.startLater(folder); Selector selector = Selector.open();
             SocketChannel client = kind.openClient()) {
            List<SocketChannel> waiting = fillBacklog(guest);
            SelectionKey key = client.configureBlocking(false).register(selector, interest);
            selector.selectNow();
            selector.selectedKeys().clear(); // a TCP socket polls as broken
            assertFalse(client.connect(guest.endpoint()));
            assertQuiet(selector);
            assertFalse(client.finishConnect());
            guest.device().startAccepting();
            key.interestOps(CONNECT);
            assertSelected(selector, key, CONNECT);
            assertTrue(client.finishConnect());
            for (SocketChannel channel : waiting)
                channel.close();
            try (SocketChannel peer = guest.device().accept(Guest.PORT)) {
                Streams.assertConnected(new Pair(client, peer));
            }
        }
    }

    @Test
    void aFullBacklogMeetsTheLimit() throws Exception {
        try (Guest guest = Guest.startLater(folder); Selector selector = Selector.open();
             SocketChannel client = SocketChannel.open()) {
            List<SocketChannel> waiting = fillBacklog(guest);
            client.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofMillis(50));
            client.configureBlocking(false);
            client.connect(guest.endpoint());
            SelectionKey key = client.register(selector, CONNECT);
            assertSelected(selector, key, CONNECT);
            assertFails(ConnectException.class, client::finishConnect);
            for (SocketChannel channel : waiting)
                channel.close();
        }
    }

    /** Connects by the JDK's own channels until the next connect would wait. */
    static List<SocketChannel> fillBacklog(Guest guest) throws IOException {
        List<SocketChannel> waiting = new ArrayList<>();
        while (true) {
            SocketChannel channel = SocketChannel.open(java.net.StandardProtocolFamily.UNIX);
            channel.configureBlocking(false);
            try {
                if (channel.connect(java.net.UnixDomainSocketAddress.of(guest.device().socket()))) {
                    waiting.add(channel);
                    continue;
                }
            } catch (IOException full) {
                // EAGAIN
            }
            channel.close();
            return waiting;
        }
    }

    @Test
    void aPendingChannelIsClosed() throws Exception {
        try (Guest slow = Guest.start(folder); Guest full = Guest.startLater(folder);
             Selector selector = Selector.open()) {
            BlockingQueue<String> answers = answersOf(slow);
            List<SocketChannel> waiting = fillBacklog(full);
            for (int i = 0; i < 10; i++) {
                SocketChannel client = SocketChannel.open();
                client.configureBlocking(false);
                client.connect(i % 2 == 0 ? slow.endpoint(SLOW_PORT) : full.endpoint());
                client.register(selector, CONNECT);
                if (i % 3 == 0)
                    selector.selectNow();
                client.close();
            }
            selector.selectNow();
            assertTrue(selector.keys().isEmpty());
            for (int i = 0; i < 10; i++)
                answers.add("");
            for (SocketChannel channel : waiting)
                channel.close();
        }
    }

    /** One selector, with guests, TCP and the JVM's own vsock. */
    @Test
    void manyChannelsConnectBesideTcp() throws Exception {
        Map<SelectionKey, ServerSocketChannel> others = new HashMap<>();
        List<SocketChannel> clients = new ArrayList<>();
        try (Guest first = Guest.start(folder); Guest second = Guest.start(folder);
             ServerSocketChannel tcp = ChannelKind.TCP.listen(); ServerSocketChannel vsock = ChannelKind.VSOCK.listen();
             Selector selector = Selector.open()) {
            for (int i = 0; i < 200; i++) {
                SocketChannel client = SocketChannel.open();
                clients.add(client);
                client.configureBlocking(false);
                boolean connected = client.connect(switch (i % 4) {
                    case 0 -> first.endpoint();
                    case 1 -> second.endpoint();
                    case 2 -> tcp.getLocalAddress();
                    default -> vsock.getLocalAddress();
                });
                SelectionKey key = client.register(selector, connected ? WRITE : CONNECT);
                if (i % 4 == 2)
                    others.put(key, tcp);
                else if (i % 4 == 3)
                    others.put(key, vsock);
                if (i % 4 > 1)
                    (i % 4 == 2 ? tcp : vsock).accept().close();
            }
            int connected = 0;
            while (connected < 200) {
                selector.select(Machine.PATIENCE.toMillis());
                for (SelectionKey key : selector.selectedKeys()) {
                    assertTrue(key.isWritable() || ((SocketChannel) key.channel()).finishConnect());
                    key.interestOps(0);
                    connected++;
                }
                selector.selectedKeys().clear();
            }
            assertEquals(100, others.size());
            assertEquals(50, first.device().count());
            assertNull(first.device().problem());
        } finally {
            for (SocketChannel client : clients)
                client.close();
        }
    }
}
