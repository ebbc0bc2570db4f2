// SPDX-License-Identifier: Apache-2.0
package io.niovsock.accept;

import io.niovsock.VsockPeers;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Peers that are refused connect over and over: an accept ends as it would without them. */
class FloodTest {
    private ServerSocketChannel server;

    @BeforeEach
    void listen() throws IOException {
        server = ServerSocketChannel.open();
        server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
        server.bind(ChannelKind.VSOCK.freeEndpoint());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    private static Stream<ThreadKind> threads() {
        return ThreadKind.available().stream();
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aCloseEndsTheAccept(ThreadKind thread) throws Exception {
        try (Background<SocketChannel> acceptor = Background.start(thread, server::accept);
             Flood flood = Flood.to(server.getLocalAddress())) {
            server.close();
            acceptor.failure(AsynchronousCloseException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void anInterruptEndsTheAccept(ThreadKind thread) throws Exception {
        try (Background<SocketChannel> acceptor = Background.start(thread, server::accept);
             Flood flood = Flood.to(server.getLocalAddress())) {
            acceptor.interrupt();
            acceptor.failure(ClosedByInterruptException.class);
            assertFalse(server.isOpen());
        }
    }

    /** Refused connections do not give it more time. If the first accept ends before the flood, another one follows. */
    @ParameterizedTest
    @MethodSource("threads")
    void theDeadlineEndsTheAccept(ThreadKind thread) throws Exception {
        server.socket().setSoTimeout(500);
        try (Background<Void> acceptor = Background.start(thread, () -> {
            long before = Flood.refused();
            do {
                assertFails(SocketTimeoutException.class, server.socket()::accept);
            } while (Flood.refused() <= before + Flood.SEVERAL);
            return null;
        }); Flood flood = Flood.to(server.getLocalAddress())) {
            acceptor.result();
            assertTrue(server.isOpen());
        }
    }

    @Test
    void theDeadlineHoldsWithoutAFlood() throws Exception {
        server.socket().setSoTimeout(50);
        try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            assertTrue(client.isConnected());
            assertFails(SocketTimeoutException.class, server.socket()::accept);
        }
    }

    @Test
    void aCloseEndsAnAsynchronousAccept() throws Exception {
        try (AsynchronousServerSocketChannel listener = AsynchronousServerSocketChannel.open()) {
            listener.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
            listener.bind(ChannelKind.VSOCK.freeEndpoint());
            Future<AsynchronousSocketChannel> accepted = listener.accept();
            try (Flood flood = Flood.to(listener.getLocalAddress())) {
                assertFalse(accepted.isDone());
                listener.close();
                ExecutionException e = assertThrows(ExecutionException.class,
                    () -> accepted.get(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS));
                assertInstanceOf(AsynchronousCloseException.class, e.getCause());
            }
        }
    }

    /** The thread of a selector has other channels, too. */
    @Test
    void anAcceptInNonBlockingModeReturns() throws Exception {
        server.configureBlocking(false);
        try (Selector selector = Selector.open(); Background<Integer> loop = Background.start(() -> {
            server.register(selector, SelectionKey.OP_ACCEPT);
            int rounds = 0;
            while (server.isOpen()) {
                selector.select();
                selector.selectedKeys().clear();
                if (server.isOpen())
                    assertNull(acceptOrNull());
                rounds++;
            }
            return rounds;
        }); Flood flood = Flood.to(server.getLocalAddress())) {
            server.close();
            selector.wakeup();
            assertTrue(loop.result() > 0);
        }
    }

    private SocketChannel acceptOrNull() throws IOException {
        try {
            return server.accept();
        } catch (java.nio.channels.ClosedChannelException closedMeanwhile) {
            return null;
        }
    }

    /** One accept empties a backlog of refused connections. */
    @Test
    void oneAcceptJudgesTheWholeBacklog() throws Exception {
        List<SocketChannel> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 40; i++)
                clients.add(SocketChannel.open(server.getLocalAddress()));
            long before = Flood.refused();
            server.configureBlocking(false);
            assertNull(server.accept());
            assertEquals(before + clients.size(), Flood.refused());
        } finally {
            for (SocketChannel client : clients)
                client.close();
        }
    }

    /** More connections come while one accept judges, as in a flood: it returns after as many as could wait at once. */
    @Test
    void oneAcceptJudgesNoMoreThanMayWait() throws Exception {
        try (ServerSocketChannel small = ServerSocketChannel.open()) {
            small.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
            small.bind(ChannelKind.VSOCK.freeEndpoint(), 2);
            small.configureBlocking(false);
            try (Selector selector = Selector.open(); Background<Long> loop = Background.start(() -> {
                small.register(selector, SelectionKey.OP_ACCEPT);
                long most = 0;
                while (small.isOpen()) {
                    selector.select();
                    selector.selectedKeys().clear();
                    long before = Flood.refused();
                    if (small.isOpen())
                        assertNull(small.accept());
                    most = Math.max(most, Flood.refused() - before);
                }
                return most;
            })) {
                try (Flood flood = Flood.to(small.getLocalAddress())) {
                    long before = Flood.refused();
                    Await.until(() -> "no more are refused", () -> Flood.refused() > before + 1000);
                }
                small.close();
                selector.wakeup();
                assertTrue(loop.result() <= 3, () -> "one accept has refused " + loop.result());
            }
        }
    }
}
