// SPDX-License-Identifier: Apache-2.0
package io.niovsock.close;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.net.SocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.Stream;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A close ends a blocked connect. A connect to a TCP listener with a full backlog waits for room. A vsock listener
 * refuses at once instead, and no other vsock peer of this machine lets a connect wait. So this tests deferred channels
 * that became TCP.
 */
class CloseWhileConnectingTest {
    /** A listener with a full backlog. */
    private static final class FullServer implements AutoCloseable {
        private final ServerSocketChannel server = ServerSocketChannel.open();
        private final Deque<SocketChannel> waiting = new ArrayDeque<>();

        FullServer() throws Exception {
            server.bind(ChannelKind.JDK_TCP.freeEndpoint(), 1);
            boolean connected = true;
            while (connected) {
                SocketChannel client = ChannelKind.JDK_TCP.openClient();
                waiting.push(client);
                client.configureBlocking(false);
                connected = client.connect(address());
                for (long end = System.nanoTime() + 100_000_000; !connected
                    && System.nanoTime() < end; Thread.onSpinWait())
                    connected = client.finishConnect();
            }
        }

        SocketAddress address() throws Exception {
            return server.getLocalAddress();
        }

        @Override
        public void close() throws Exception {
            for (SocketChannel client : waiting)
                client.close();
            server.close();
        }
    }

    static Stream<Arguments> tcpAndThreads() {
        return Stream.of(ChannelKind.JDK_TCP, ChannelKind.TCP)
            .flatMap(channel -> ThreadKind.available().stream().map(thread -> Arguments.of(channel, thread)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("tcpAndThreads")
    void aCloseEndsTheConnect(ChannelKind channel, ThreadKind thread) throws Exception {
        try (FullServer server = new FullServer(); SocketChannel client = channel.openClient();
             Background<Boolean> connector = Background.start(thread, () -> client.connect(server.address()))) {
            connector.awaitBlocked();
            client.close();
            connector.failure(AsynchronousCloseException.class);
            assertFalse(client.isOpen());
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("tcpAndThreads")
    void anInterruptEndsTheConnect(ChannelKind channel, ThreadKind thread) throws Exception {
        try (FullServer server = new FullServer(); SocketChannel client = channel.openClient();
             Background<Boolean> connector = Background.start(thread, () -> client.connect(server.address()))) {
            connector.awaitBlocked();
            connector.interrupt();
            connector.failure(ClosedByInterruptException.class);
            assertTrue(connector.wasInterruptedAtEnd());
            assertFalse(client.isOpen());
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("tcpAndThreads")
    void aPendingConnectIsPending(ChannelKind channel, ThreadKind thread) throws Exception {
        try (FullServer server = new FullServer(); SocketChannel client = channel.openClient()) {
            client.configureBlocking(false);
            assertFalse(client.connect(server.address()));
            assertTrue(client.isConnectionPending());
            assertFalse(client.finishConnect());
            assertFails(ConnectionPendingException.class, () -> client.connect(server.address()));
            assertFails(ConnectionPendingException.class, () -> client.bind(null));
            assertFails(ConnectionPendingException.class, () -> client.socket().bind(null));
            assertTrue(client.isOpen());
        }
    }
}
