// SPDX-License-Identifier: Apache-2.0
package io.niovsock.close;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;

import java.io.InputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * An interrupt closes the channel in which the thread is blocked, or is about to block: the channel that the program
 * holds.
 */
class InterruptTest {
    private static void assertInterrupted(ThreadKind thread, Channel channel, Callable<?> call) {
        try (Background<?> blocked = Background.start(thread, call)) {
            blocked.awaitBlocked();
            assertInterrupted(channel, blocked);
        }
    }

    private static void assertInterrupted(Channel channel, Background<?> blocked) {
        blocked.interrupt();
        blocked.failure(ClosedByInterruptException.class);
        assertTrue(blocked.wasInterruptedAtEnd(), "the interrupt status stays set");
        assertFalse(channel.isOpen());
    }

    @ForEachChannelAndThread
    void ofAThreadThatReads(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertInterrupted(thread, pair.client(), () -> pair.client().read(ByteBuffer.allocate(1)));
            Streams.assertEnd(pair.peer());
        }
    }

    @ForEachChannelAndThread
    void ofAThreadThatReadsFromAnAcceptedChannel(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertInterrupted(thread, pair.peer(),
                () -> pair.peer().read(new ByteBuffer[] { ByteBuffer.allocateDirect(1) }));
            Streams.assertEnd(pair.client());
        }
    }

    @ForEachChannelAndThread
    void ofAThreadThatWrites(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            try (Background<Integer> writer = Streams.startBlockedWrite(channel, thread, pair.client(),
                () -> pair.client().write(ByteBuffer.allocate(1)))) {
                assertInterrupted(pair.client(), writer);
            }
        }
    }

    @ForEachChannelAndThread
    void ofAThreadThatWritesAndHasWrittenAPart(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertInterrupted(thread, pair.client(), () -> {
                while (true)
                    pair.client().write(ByteBuffer.allocate(1 << 20));
            });
        }
    }

    @ForEachChannelAndThread
    void ofAThreadThatAccepts(ChannelKind channel, ThreadKind thread) throws Exception {
        try (ServerSocketChannel server = channel.listen()) {
            assertInterrupted(thread, server, server::accept);
        }
    }

    @ForEachChannelAndThread
    void ofAThreadThatReadsThroughTheSocket(ChannelKind channel, ThreadKind thread) throws Exception {
        for (int timeoutMillis : new int[] { 0, 60_000 }) {
            Class<?> reference = failureOfStreamRead(ChannelKind.JDK_TCP, thread, timeoutMillis);
            assertEquals(reference, failureOfStreamRead(channel, thread, timeoutMillis), "timeout " + timeoutMillis);
        }
    }

    private static Class<?> failureOfStreamRead(ChannelKind channel, ThreadKind thread, int timeoutMillis)
        throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().socket().setSoTimeout(timeoutMillis);
            InputStream in = pair.client().socket().getInputStream();
            try (Background<Integer> reader = Background.start(thread, in::read)) {
                reader.awaitBlocked();
                reader.interrupt();
                Throwable failure = reader.failure();
                assertTrue(reader.wasInterruptedAtEnd());
                assertFalse(pair.client().isOpen());
                return failure.getClass();
            }
        }
    }

    @ForEachChannelAndThread
    void ofAThreadThatAcceptsThroughTheSocket(ChannelKind channel, ThreadKind thread) throws Exception {
        for (int timeoutMillis : new int[] { 0, 60_000 }) {
            Class<?> reference = failureOfSocketAccept(ChannelKind.JDK_TCP, thread, timeoutMillis);
            assertEquals(reference, failureOfSocketAccept(channel, thread, timeoutMillis), "timeout " + timeoutMillis);
        }
    }

    private static Class<?> failureOfSocketAccept(ChannelKind channel, ThreadKind thread, int timeoutMillis)
        throws Exception {
        try (ServerSocketChannel server = channel.listen()) {
            server.socket().setSoTimeout(timeoutMillis);
            try (Background<Socket> acceptor = Background.start(thread, server.socket()::accept)) {
                acceptor.awaitBlocked();
                acceptor.interrupt();
                Throwable failure = acceptor.failure();
                assertFalse(server.isOpen());
                return failure.getClass();
            }
        }
    }

    private static void assertInterruptedAtOnce(ThreadKind thread, Channel channel, Callable<?> call) {
        try (Background<?> interrupted = Background.start(thread, () -> {
            Thread.currentThread().interrupt();
            return call.call();
        })) {
            interrupted.failure(ClosedByInterruptException.class);
            assertTrue(interrupted.wasInterruptedAtEnd(), "the interrupt status stays set");
            assertFalse(channel.isOpen());
        }
    }

    @ForEachChannelAndThread
    void beforeARead(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Streams.write(pair.peer(), "is there, but comes too late");
            assertInterruptedAtOnce(thread, pair.client(), () -> pair.client().read(ByteBuffer.allocate(1)));
        }
    }

    @ForEachChannelAndThread
    void beforeAWrite(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertInterruptedAtOnce(thread, pair.client(), () -> pair.client().write(ByteBuffer.allocate(1)));
        }
    }

    @ForEachChannelAndThread
    void beforeAnAccept(ChannelKind channel, ThreadKind thread) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            client.connect(server.getLocalAddress());
            assertInterruptedAtOnce(thread, server, server::accept);
        }
    }

    @ForEachChannelAndThread
    void beforeAConnect(ChannelKind channel, ThreadKind thread) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            SocketAddress where = server.getLocalAddress();
            assertInterruptedAtOnce(thread, client, () -> client.connect(where));
        }
    }

    @ForEachChannelAndThread
    void beforeAConnectOfAConnectedChannel(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            SocketAddress where = pair.client().getRemoteAddress();
            assertInterruptedAtOnce(thread, pair.client(), () -> pair.client().connect(where));
        }
    }

    @ForEachChannelAndThread
    void beforeWhatAShutdownHasEnded(ChannelKind channel, ThreadKind thread) throws Exception {
        ByteBuffer[] one = { ByteBuffer.allocate(1) };
        try (Pair input = Pair.of(channel); Pair output = Pair.of(channel); Pair gathered = Pair.of(channel)) {
            input.client().shutdownInput();
            assertInterruptedAtOnce(thread, input.client(), () -> input.client().read(one));
            output.client().shutdownOutput();
            assertInterruptedAtOnce(thread, output.client(), () -> output.client().write(one[0]));
            gathered.client().shutdownOutput();
            assertInterruptedAtOnce(thread, gathered.client(), () -> gathered.client().write(one));
        }
    }

    /** In non-blocking mode no operation blocks, so none is interrupted. */
    @ForEachChannelAndThread
    void doesNotMatterInNonBlockingMode(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().configureBlocking(false);
            try (Background<Integer> interrupted = Background.start(thread, () -> {
                Thread.currentThread().interrupt();
                int written = pair.client().write(ByteBuffer.allocate(1));
                return written + pair.client().read(ByteBuffer.allocate(1));
            })) {
                assertEquals(1, interrupted.result());
                assertTrue(pair.client().isOpen());
            }
        }
    }
}
