// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A guest is detached while something waits for it. */
class DetachTest {
    private static final long PORT = 5001;
    private static final VsockSocketAddress HOST = VsockSocketAddress.parse("vsock:host:0");

    @TempDir
    private Path folder;

    static Stream<ThreadKind> threads() {
        return ThreadKind.available().stream();
    }

    private static long portOf(ServerSocketChannel server) throws Exception {
        return ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
    }

    /** What has begun goes on: the guest is detached from new connects only. */
    @ParameterizedTest
    @MethodSource("threads")
    void aBlockedConnectGoesOn(ThreadKind thread) throws Exception {
        try (Guest guest = Guest.start(folder)) {
            CompletableFuture<SocketChannel> asked = new CompletableFuture<>();
            guest.device().script(PORT, (host, port, reply) -> asked.complete(host));
            try (Background<SocketChannel> connector =
                     Background.start(thread, () -> SocketChannel.open(guest.endpoint(PORT)))) {
                SocketChannel host = asked.get(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                connector.awaitBlocked();
                guest.attached().close();
                Streams.write(host, "OK 1\n");
                try (Pair pair = new Pair(connector.result(), host)) {
                    Streams.assertConnected(pair);
                }
            }
        }
    }

    @Test
    void aSelectedConnectGoesOn() throws Exception {
        try (Guest guest = Guest.start(folder); Selector selector = Selector.open();
             SocketChannel client = SocketChannel.open()) {
            CompletableFuture<SocketChannel> asked = new CompletableFuture<>();
            guest.device().script(PORT, (host, port, reply) -> asked.complete(host));
            client.configureBlocking(false);
            assertFalse(client.connect(guest.endpoint(PORT)));
            client.register(selector, SelectionKey.OP_CONNECT);
            SocketChannel host = asked.get(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            guest.attached().close();
            assertEquals(0, selector.selectNow());
            Streams.write(host, "OK 1\n");
            Await.until(() -> "not connected", () -> selector.select(1000) > 0);
            assertTrue(client.finishConnect());
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aBlockedAcceptHearsTheNextGuest(ThreadKind thread) throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = ServerSocketChannel.open().bind(HOST);
             Background<SocketChannel> acceptor = Background.start(thread, server::accept).awaitBlocked()) {
            guest.attached().close();
            try (Guest next = Guest.start(folder);
                 Pair pair = new Pair(next.device().connectToHost(portOf(server)), acceptor.result())) {
                Streams.assertConnected(pair);
                assertEquals(VsockSocketAddress.of(next.cid(), VsockSocketAddress.PORT_ANY),
                    pair.peer().getRemoteAddress());
            }
        }
    }

    @Test
    void aConnectionThatWaitsToBeAcceptedEnds() throws Exception {
        try (Guest guest = Guest.start(folder); Selector selector = Selector.open();
             ServerSocketChannel server = ServerSocketChannel.open().bind(HOST);
             SocketChannel waiting = guest.device().connectToHost(portOf(server))) {
            server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            Await.until(() -> "not selected", () -> selector.selectNow() > 0);
            selector.selectedKeys().clear();
            guest.attached().close();
            Streams.assertEnd(waiting);
            assertEquals(0, selector.selectNow());
            assertEquals(null, server.accept());
        }
    }
}
