// SPDX-License-Identifier: Apache-2.0
package io.niovsock.deferred;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Machine;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RegisterBeforeBindTest {
    private static final long TIMEOUT_MILLIS = Machine.PATIENCE.toMillis();

    private static void assertReportsClients(ChannelKind channel, Selector selector, SelectionKey key)
        throws Exception {
        ServerSocketChannel server = (ServerSocketChannel) key.channel();
        selector.selectNow();
        selector.selectedKeys().clear();
        assertEquals(0, selector.selectNow(), "no client has connected yet");
        for (int i = 0; i < 3; i++) {
            try (SocketChannel client = channel.openClient()) {
                client.connect(server.getLocalAddress());
                assertEquals(1, selector.select(TIMEOUT_MILLIS));
                assertTrue(key.isAcceptable());
                try (SocketChannel peer = server.accept()) {
                    assertNotNull(peer);
                    assertNull(server.accept());
                }
                selector.selectedKeys().clear();
            }
        }
    }

    @ForEachChannel
    void aServerRegisteredWithInterestReportsItsClients(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.openServer()) {
            SelectionKey key = server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            server.bind(channel.freeEndpoint());
            assertReportsClients(channel, selector, key);
        }
    }

    @ForEachChannel
    void aServerThatWasSelectedBeforeItWasBoundDoesToo(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.openServer()) {
            SelectionKey key = server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            selector.selectNow();
            selector.selectNow();
            server.bind(channel.freeEndpoint());
            assertReportsClients(channel, selector, key);
        }
    }

    @ForEachChannel
    void aServerRegisteredWithoutInterestDoesWhenItIsAskedFor(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.openServer()) {
            SelectionKey key = server.configureBlocking(false).register(selector, 0);
            selector.selectNow();
            server.bind(channel.freeEndpoint());
            key.interestOps(SelectionKey.OP_ACCEPT);
            assertReportsClients(channel, selector, key);
        }
    }

    @ForEachChannel
    void aServerThatWasNeverSelectedDoesSoToo(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.openServer()) {
            SelectionKey key = server.configureBlocking(false).register(selector, 0);
            server.bind(channel.freeEndpoint());
            key.interestOps(SelectionKey.OP_ACCEPT);
            assertReportsClients(channel, selector, key);
        }
    }

    @ForEachChannel
    void aClientThatComesWhileNobodyAsksIsReportedLater(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.openServer();
             SocketChannel client = channel.openClient()) {
            SelectionKey key = server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            server.bind(channel.freeEndpoint());
            assertSame(key, server.keyFor(selector));
            key.interestOps(0);
            client.connect(server.getLocalAddress());
            selector.selectNow();
            selector.selectedKeys().clear();
            assertEquals(0, selector.selectNow());

            key.interestOps(SelectionKey.OP_ACCEPT);
            assertEquals(1, selector.select(TIMEOUT_MILLIS));
            assertTrue(key.isAcceptable());
            server.accept().close();
        }
    }

    @ForEachChannel
    void aSelectorThatWaitsAlreadyReportsTheFirstClient(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.openServer();
             SocketChannel client = channel.openClient()) {
            SelectionKey key = server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            try (Background<Integer> waiting = Background.start(() -> {
                while (!(selector.select(TIMEOUT_MILLIS) == 1 && key.isAcceptable()
                    && server.getLocalAddress() != null))
                    selector.selectedKeys().clear(); // what an unbound TCP socket reports
                return key.readyOps();
            })) {
                server.bind(channel.freeEndpoint());
                client.connect(server.getLocalAddress());
                assertEquals(SelectionKey.OP_ACCEPT, waiting.result());
                server.accept().close();
            }
        }
    }
}
