// SPDX-License-Identifier: Apache-2.0
package io.niovsock.socket;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TimeoutTest {
    private static final int SHORT_MILLIS = 50;
    private static final int LONG_MILLIS = (int) Machine.PATIENCE.toMillis();

    private static void assertTimesOut(ThreadKind thread, Callable<?> call) {
        long start = System.nanoTime();
        try (Background<?> waiting = Background.start(thread, call)) {
            waiting.failure(SocketTimeoutException.class);
        }
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(millis >= SHORT_MILLIS, () -> "after " + millis + " ms already");
    }

    @ForEachChannelAndThread
    void aReadEndsWhenItsTimeRunsOutAndTheConnectionGoesOn(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Socket socket = pair.client().socket();
            socket.setSoTimeout(SHORT_MILLIS);
            InputStream in = socket.getInputStream();
            assertTimesOut(thread, in::read);
            assertTimesOut(thread, () -> in.read(new byte[10], 2, 5));

            Streams.write(pair.peer(), "in time");
            assertEquals("in time", new String(in.readNBytes(7)));
            assertTrue(pair.client().isBlocking());
            socket.setSoTimeout(0);
            Streams.assertConnected(pair);
        }
    }

    @ForEachChannelAndThread
    void aReadThatIsAnsweredInTimeReturnsAtOnce(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().socket().setSoTimeout(LONG_MILLIS);
            InputStream in = pair.client().socket().getInputStream();
            try (Background<Integer> reader = Background.start(thread, in::read)) {
                reader.awaitBlocked();
                Streams.write(pair.peer(), "x");
                assertEquals('x', reader.result());
            }
            try (Background<Integer> reader = Background.start(thread, in::read)) {
                reader.awaitBlocked();
                pair.peer().close();
                assertEquals(-1, reader.result());
            }
        }
    }

    @ForEachChannelAndThread
    void anAcceptEndsWhenItsTimeRunsOutAndTheListenerGoesOn(ChannelKind channel, ThreadKind thread) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            server.socket().setSoTimeout(SHORT_MILLIS);
            assertTimesOut(thread, server.socket()::accept);
            assertTimesOut(thread, server.socket()::accept);

            client.connect(server.getLocalAddress());
            try (Socket accepted = server.socket().accept()) {
                assertEquals(0, accepted.getSoTimeout(), "not inherited");
                assertTrue(accepted.getChannel().isBlocking());
                Streams.assertConnected(new Pair(client, accepted.getChannel()));
            }
            assertTrue(server.isBlocking());
        }
    }

    @ForEachChannelAndThread
    void anAcceptThatIsAnsweredInTimeReturnsAtOnce(ChannelKind channel, ThreadKind thread) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            server.socket().setSoTimeout(LONG_MILLIS);
            try (Background<Socket> acceptor = Background.start(thread, server.socket()::accept)) {
                acceptor.awaitBlocked();
                client.connect(server.getLocalAddress());
                acceptor.result().close();
            }
        }
    }

    /** The wait for the lock of reads counts, and an interrupt does not end it. */
    @ParameterizedTest
    @MethodSource("io.niovsock.testkit.ThreadKind#available")
    void itEndsTheWaitForAnotherThread(ThreadKind thread) throws Exception {
        try (ServerSocketChannel server = ChannelKind.VSOCK.listen(); Pair pair = Pair.of(ChannelKind.VSOCK)) {
            pair.client().socket().setSoTimeout(SHORT_MILLIS);
            server.socket().setSoTimeout(SHORT_MILLIS);
            InputStream in = pair.client().socket().getInputStream();
            ByteBuffer one = ByteBuffer.allocate(1);
            try (Background<?> acceptor = Background.start(thread, server::accept);
                 Background<Integer> reader = Background.start(thread, () -> pair.client().read(one))) {
                acceptor.awaitBlocked();
                reader.awaitBlocked();
                assertTimesOut(thread, server.socket()::accept);
                assertTimesOut(thread, in::read);
                assertTimesOut(thread, () -> {
                    Thread.currentThread().interrupt();
                    try {
                        return in.read();
                    } finally {
                        assertTrue(Thread.currentThread().isInterrupted());
                    }
                });
                Streams.write(pair.peer(), "x");
                assertEquals(1, reader.result());
                assertTrue(pair.client().isBlocking() && pair.client().isOpen());
            }
        }
    }

    /** The timeout belongs to the socket; it does not affect the channel. */
    @ForEachChannel
    void itDoesNotConcernTheChannel(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().socket().setSoTimeout(1);
            try (Background<Integer> reader = Background.start(() -> pair.client().read(ByteBuffer.allocate(1)))) {
                reader.awaitBlocked();
                long start = System.nanoTime();
                while (System.nanoTime() - start < 20_000_000)
                    assertTrue(!reader.isDone(), "the read of the channel has timed out");
                Streams.write(pair.peer(), "x");
                assertEquals(1, reader.result());
            }
        }
    }

    @ForEachChannel
    void itIsReadBackAndItsRangeChecked(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient(); ServerSocketChannel server = channel.openServer()) {
            assertEquals(0, client.socket().getSoTimeout());
            client.socket().setSoTimeout(123);
            assertEquals(123, client.socket().getSoTimeout());
            server.socket().setSoTimeout(456);
            assertEquals(456, server.socket().getSoTimeout());
            assertFails(IllegalArgumentException.class, () -> client.socket().setSoTimeout(-1));
            assertFails(IllegalArgumentException.class, () -> server.socket().setSoTimeout(-1));
            client.close();
            server.close();
            assertFails(SocketException.class, () -> client.socket().setSoTimeout(1));
            assertFails(SocketException.class, () -> client.socket().getSoTimeout());
            assertFails(SocketException.class, () -> server.socket().setSoTimeout(1));
        }
    }
}
