// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A program gives a non-blocking connect up, or only its key, in each phase of the connect. */
class CancelledConnectTest {
    private static final long PORT = 5001;

    @TempDir
    private Path folder;

    /** How far the connect has come. */
    enum Phase {
        /** The backlog of the monitor is full. */
        BACKLOG,
        /** The monitor's answer is yet to come. */
        ANSWER,
        /** A part of the answer has come. */
        PART,
        /** The answer has come, but the connect is not finished. */
        END
    }

    /** A connect that has come to a phase. {@link #release} lets the monitor go on. */
    private static final class Pending implements AutoCloseable {
        final SocketChannel client;
        private final Guest guest;
        private final Phase phase;
        private final List<SocketChannel> others = new ArrayList<>();
        private volatile SocketChannel host;

        Pending(ChannelKind kind, Phase phase, Path folder) throws IOException {
            this.phase = phase;
            guest = phase == Phase.BACKLOG ? Guest.startLater(folder) : Guest.start(folder);
            guest.device().script(PORT, (host, port, reply) -> {
                Streams.write(host, phase == Phase.END ? "OK 1\n" : phase == Phase.PART ? "OK" : "");
                this.host = host;
            });
            if (phase == Phase.BACKLOG)
                others.addAll(SelectedConnectTest.fillBacklog(guest));
            client = kind.openClient();
            client.configureBlocking(false);
            assertFalse(client.connect(guest.endpoint(PORT)));
            if (phase != Phase.BACKLOG)
                Await.until(() -> "the monitor did not read the request", () -> host != null);
            if (phase == Phase.PART)
                assertFalse(client.finishConnect());
        }

        /** The monitor's end of the connection, which is then connected. */
        SocketChannel release() throws IOException {
            if (phase == Phase.BACKLOG) {
                guest.device().startAccepting();
                Await.until(() -> "the monitor did not read the request", () -> host != null || !client.isOpen());
            }
            Streams.write(host, phase == Phase.END ? "" : phase == Phase.PART ? " 1\n" : "OK 1\n");
            return host;
        }

        @Override
        public void close() throws IOException {
            client.close();
            for (SocketChannel other : others)
                other.close();
            guest.close();
        }
    }

    static Stream<Arguments> channelsAndPhases() {
        return Stream.of(ChannelKind.VSOCK, ChannelKind.DEFERRED_VSOCK)
            .flatMap(kind -> Stream.of(Phase.values()).map(phase -> Arguments.of(kind, phase)));
    }

    /** The connect goes on without the key, and a new key sees its end. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("channelsAndPhases")
    void theKeyIsCancelled(ChannelKind kind, Phase phase) throws Exception {
        try (Pending pending = new Pending(kind, phase, folder); Selector selector = Selector.open();
             Selector next = Selector.open()) {
            SelectionKey key = pending.client.register(selector, SelectionKey.OP_CONNECT);
            selector.selectNow();
            key.cancel();
            selector.selectNow();
            assertTrue(selector.keys().isEmpty());
            assertTrue(pending.client.isConnectionPending());
            pending.client.register(next, SelectionKey.OP_CONNECT);
            SocketChannel host = pending.release();
            Await.until(() -> "not connected", () -> next.select(Machine.PATIENCE.toMillis()) > 0);
            assertTrue(pending.client.finishConnect());
            next.keys().forEach(SelectionKey::cancel);
            next.selectNow();
            pending.client.configureBlocking(true);
            Streams.assertConnected(new Pair(pending.client, host));
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("channelsAndPhases")
    void theKeyIsCancelledAndTheChannelClosed(ChannelKind kind, Phase phase) throws Exception {
        try (Pending pending = new Pending(kind, phase, folder); Selector selector = Selector.open()) {
            pending.client.register(selector, SelectionKey.OP_CONNECT).cancel();
            pending.client.close();
            assertEquals(0, selector.selectNow());
            assertTrue(selector.keys().isEmpty());
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("channelsAndPhases")
    void theChannelIsClosed(ChannelKind kind, Phase phase) throws Exception {
        try (Pending pending = new Pending(kind, phase, folder); Selector selector = Selector.open()) {
            SelectionKey key = pending.client.register(selector, SelectionKey.OP_CONNECT);
            selector.selectNow();
            pending.client.close();
            assertFalse(key.isValid());
            selector.selectedKeys().clear();
            assertEquals(0, selector.selectNow());
            assertTrue(selector.keys().isEmpty());
        }
    }

    /** The selector is closed in the middle; the connect goes on. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("channelsAndPhases")
    void theSelectorIsClosed(ChannelKind kind, Phase phase) throws Exception {
        try (Pending pending = new Pending(kind, phase, folder)) {
            try (Selector selector = Selector.open()) {
                pending.client.register(selector, SelectionKey.OP_CONNECT);
                selector.selectNow();
            }
            SocketChannel host = pending.release();
            pending.client.configureBlocking(true);
            assertTrue(pending.client.finishConnect());
            Streams.assertConnected(new Pair(pending.client, host));
        }
    }

    /** A connect takes two minutes without an answer. No thread of the library waits that long for a closed channel. */
    @Test
    void aCloseDuringTheFirstAttemptLeavesNoTimer() throws Exception {
        try (Guest guest = Guest.start(folder)) {
            guest.device().script(PORT, (host, port, reply) -> { });
            for (int i = 0; i < 200; i++) {
                SocketChannel client = ChannelKind.VSOCK.openClient();
                client.configureBlocking(false);
                try (Background<Boolean> connect = Background.start(() -> {
                    try {
                        return client.connect(guest.endpoint(PORT));
                    } catch (IOException closed) {
                        return false;
                    }
                })) {
                    Await.until(() -> "not pending", () -> client.isConnectionPending() || connect.isDone());
                    client.close();
                    connect.result();
                }
            }
            Await.until(() -> "a timer waits for a closed channel", () -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("nio-vsock connects")));
        }
    }
}
