// SPDX-License-Identifier: Apache-2.0
package io.niovsock.close;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.ThreadKind;

import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

class CloseWhileAcceptingTest {
    @ForEachChannelAndThread
    void theAcceptEndsAndNobodyListensAnyMore(ChannelKind channel, ThreadKind thread) throws Exception {
        try (ServerSocketChannel server = channel.listen();
             Background<SocketChannel> acceptor = Background.start(thread, server::accept);
             SocketChannel late = channel.openClient()) {
            SocketAddress where = server.getLocalAddress();
            acceptor.awaitBlocked();
            server.close();
            acceptor.failure(AsynchronousCloseException.class);
            assertFalse(server.isOpen());
            assertFails(ConnectException.class, () -> late.connect(where));
        }
    }

    @ForEachChannelAndThread
    void theSocketsAcceptFailsAsThePlatforms(ChannelKind channel, ThreadKind thread) throws Exception {
        assertEquals(failureOfAccept(ChannelKind.JDK_TCP, thread, 0), failureOfAccept(channel, thread, 0));
    }

    @ForEachChannelAndThread
    void theSocketsTimedAcceptFailsAsThePlatforms(ChannelKind channel, ThreadKind thread) throws Exception {
        assertEquals(failureOfAccept(ChannelKind.JDK_TCP, thread, 60_000), failureOfAccept(channel, thread, 60_000));
    }

    private static Class<?> failureOfAccept(ChannelKind channel, ThreadKind thread, int timeoutMillis)
        throws Exception {
        try (ServerSocketChannel server = channel.listen()) {
            server.socket().setSoTimeout(timeoutMillis);
            try (Background<Socket> acceptor = Background.start(thread, server.socket()::accept)) {
                acceptor.awaitBlocked();
                server.socket().close();
                Throwable failure = acceptor.failure();
                assertFalse(server.isOpen());
                return failure.getClass();
            }
        }
    }

    /** The close of a listener also ends the connections that it never accepted. */
    @ForEachChannelAndThread
    void whoWaitsToBeAcceptedIsTurnedAway(ChannelKind channel, ThreadKind thread) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            client.connect(server.getLocalAddress());
            try (Background<Integer> reader = Background.start(thread, () -> {
                try {
                    return client.read(ByteBuffer.allocate(1));
                } catch (SocketException reset) {
                    return -1;
                }
            })) {
                reader.awaitBlocked();
                server.close();
                assertEquals(-1, reader.result());
            }
        }
    }
}
