// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Channels that a selector knows. */
final class SelectionSituations {
    private final ChannelKind kind;

    private SelectionSituations(ChannelKind kind) {
        this.kind = kind;
    }

    static Map<String, Situation> all() {
        Map<String, Situation> all = new LinkedHashMap<>();
        for (ChannelKind kind : new ChannelKind[] { ChannelKind.VSOCK, ChannelKind.DEFERRED_VSOCK }) {
            SelectionSituations of = new SelectionSituations(kind);
            all.put("register and select, " + kind, of::register);
            all.put("connect a registered channel, " + kind, of::connect);
            all.put("bind a registered listener, " + kind, of::accept);
            all.put("deregister, " + kind, of::deregister);
            all.put("close a registered channel, " + kind, of::close);
        }
        return all;
    }

    private static void awaitReady(Selector selector, SelectionKey key, int operation) throws IOException {
        selector.selectedKeys().clear();
        assertEquals(1, selector.select(Machine.PATIENCE.toMillis()));
        assertEquals(operation, key.readyOps() & operation);
    }

    private void register(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        Selector selector = attempt.keep(Selector.open());
        Streams.write(pair.peer(), "x");
        attempt.of(() -> {
            pair.client().configureBlocking(false);
            SelectionKey key = pair.client().register(selector, SelectionKey.OP_READ);
            awaitReady(selector, key, SelectionKey.OP_READ);
            return key;
        });
        assertEquals("x", Streams.readText(pair.client(), 1));
    }

    private void connect(Attempt attempt) throws Exception {
        ServerSocketChannel server = attempt.keep(kind.listen());
        SocketChannel client = attempt.keep(kind.openClient());
        Selector selector = attempt.keep(Selector.open());
        client.configureBlocking(false);
        SelectionKey key = client.register(selector, 0);
        selector.selectNow();
        attempt.survives(LibraryCall.EPOLL_CTL); // a removal, of what is not there
        attempt.of(() -> {
            if (!client.isConnectionPending())
                client.connect(server.getLocalAddress());
            key.interestOps(SelectionKey.OP_CONNECT);
            awaitReady(selector, key, SelectionKey.OP_CONNECT);
            return client.finishConnect();
        });
        assertTrue(client.isConnected());
        SocketChannel peer = attempt.keep(server.accept());
        Streams.write(peer, "y");
        key.interestOps(SelectionKey.OP_READ);
        awaitReady(selector, key, SelectionKey.OP_READ);
        assertEquals("y", Streams.readText(client, 1));
    }

    private void accept(Attempt attempt) throws Exception {
        ServerSocketChannel server = attempt.keep(kind.openServer());
        Selector selector = attempt.keep(Selector.open());
        server.configureBlocking(false);
        SelectionKey key = server.register(selector, SelectionKey.OP_ACCEPT);
        selector.selectNow();
        attempt.survives(LibraryCall.GETSOCKNAME, LibraryCall.EPOLL_CTL); // the port is known; a removal
        attempt.of(() -> server.bind(kind.freeEndpoint()));
        SocketChannel client = attempt.keep(SocketChannel.open(server.getLocalAddress()));
        awaitReady(selector, key, SelectionKey.OP_ACCEPT);
        Streams.assertConnected(new Pair(client, attempt.keep(server.accept())));
    }

    private void deregister(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        Selector selector = attempt.keep(Selector.open());
        pair.client().configureBlocking(false);
        SelectionKey key = pair.client().register(selector, SelectionKey.OP_READ);
        selector.selectNow();
        attempt.of(() -> {
            key.cancel();
            selector.selectNow();
            return pair.client().configureBlocking(true);
        });
        Streams.assertConnected(pair);
    }

    private void close(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        Selector selector = attempt.keep(Selector.open());
        pair.client().configureBlocking(false);
        SelectionKey key = pair.client().register(selector, SelectionKey.OP_READ);
        selector.selectNow();
        attempt.close(() -> {
            pair.client().close();
            selector.selectNow();
        });
        assertFalse(key.isValid());
        Streams.assertEnd(pair.peer());
    }
}
