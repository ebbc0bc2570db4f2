// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Machine;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static io.niovsock.asynchronous.Outcome.resultOf;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Connections in use, by futures and by handlers. */
class ConversationTest {
    @ForEachAsynchronousKind
    void futuresCarryAConversation(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            pair.assertConnected();
        }
    }

    @ForEachAsynchronousKind
    void handlersCarryAConversation(AsynchronousKind kind) throws Exception {
        try (AsynchronousServerSocketChannel server = kind.listen(null);
             AsynchronousSocketChannel client = kind.openClient(null)) {
            Outcome<AsynchronousSocketChannel> accepted = new Outcome<>();
            server.accept(ATTACHMENT, accepted);
            Outcome<Void> connected = new Outcome<>();
            client.connect(server.getLocalAddress(), ATTACHMENT, connected);
            assertNull(connected.value());
            try (AsynchronousSocketChannel peer = accepted.value()) {
                ByteBuffer dst = ByteBuffer.allocateDirect(10);
                Outcome<Integer> read = new Outcome<>();
                peer.read(dst, ATTACHMENT, read);
                assertFalse(read.isDone());
                Outcome<Integer> written = new Outcome<>();
                client.write(ByteBuffer.wrap(new byte[7]), ATTACHMENT, written);
                assertEquals(7, written.value());
                assertEquals(7, read.value());
                assertEquals(7, dst.position());
            }
        }
    }

    @ForEachAsynchronousKind
    void aReadThatFindsBytesCompletesAtOnce(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            AsynchronousPair.send(pair.client(), "0123456789");
            assertEquals("0123456789", AsynchronousPair.receive(pair.peer(), 10));
        }
    }

    @ForEachAsynchronousKind
    void theEndOfTheStreamIsRead(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Future<Integer> waiting = pair.peer().read(ByteBuffer.allocate(1));
            pair.client().shutdownOutput();
            assertEquals(-1, resultOf(waiting));
            assertEquals(-1, resultOf(pair.peer().read(ByteBuffer.allocate(1))));
            AsynchronousPair.send(pair.peer(), "still");
            assertEquals("still", AsynchronousPair.receive(pair.client(), 5));
        }
    }

    @ForEachAsynchronousKind
    void theEndIsReadStillWhenThisHalfIsClosedAfterIt(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            pair.client().close();
            assertEquals(-1, resultOf(pair.peer().read(ByteBuffer.allocate(1))));
            pair.peer().shutdownOutput();
            assertEquals(-1, resultOf(pair.peer().read(ByteBuffer.allocate(1))));
        }
    }

    @ForEachAsynchronousKind
    void aShutdownOfTheInputEndsAReadThatWaits(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Outcome<Integer> waiting = new Outcome<>();
            pair.client().read(ByteBuffer.allocate(1), ATTACHMENT, waiting);
            pair.client().shutdownInput();
            assertEquals(-1, waiting.value());
        }
    }

    @ForEachAsynchronousKind
    void buffersAreScatteredAndGathered(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            ByteBuffer[] dsts = { ByteBuffer.allocate(99), ByteBuffer.allocate(3), ByteBuffer.allocateDirect(5),
                ByteBuffer.allocate(0), ByteBuffer.allocate(9) };
            Outcome<Long> read = new Outcome<>();
            pair.peer().read(dsts, 1, 4, 0, TimeUnit.SECONDS, ATTACHMENT, read);
            ByteBuffer[] srcs = { ByteBuffer.wrap("not sent".getBytes()), ByteBuffer.wrap("0123".getBytes()),
                ByteBuffer.wrap("456789".getBytes()) };
            Outcome<Long> written = new Outcome<>();
            pair.client().write(srcs, 1, 2, 0, TimeUnit.SECONDS, ATTACHMENT, written);
            assertEquals(10, written.value());
            assertEquals(10, read.value());
            assertEquals(0, dsts[0].position());
            assertEquals(3, dsts[1].position());
            assertEquals(5, dsts[2].position());
            assertEquals(2, dsts[4].position());
            assertEquals(8, srcs[0].remaining());
            assertEquals(0, srcs[2].remaining());
        }
    }

    @ForEachAsynchronousKind
    void emptyBuffersMoveNothingAtOnce(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            assertEquals(0, resultOf(pair.client().read(ByteBuffer.allocate(0))));
            assertEquals(0, resultOf(pair.client().write(ByteBuffer.allocate(0))));
            Outcome<Long> read = new Outcome<>();
            pair.client().read(new ByteBuffer[] { ByteBuffer.allocate(0) }, 0, 1, 0, TimeUnit.SECONDS, ATTACHMENT,
                read);
            assertEquals(0, read.value());
            Outcome<Long> written = new Outcome<>();
            pair.client().write(new ByteBuffer[0], 0, 0, 0, TimeUnit.SECONDS, ATTACHMENT, written);
            assertEquals(0, written.value());
        }
    }

    /** Sends, or receives, a buffer as a whole, in as many operations as that takes. */
    private static final class Whole implements CompletionHandler<Integer, ByteBuffer> {
        final CompletableFuture<Void> ended = new CompletableFuture<>();
        private final AsynchronousSocketChannel channel;
        private final boolean sends;

        Whole(AsynchronousSocketChannel channel, boolean sends) {
            this.channel = channel;
            this.sends = sends;
        }

        Whole start(ByteBuffer buffer) {
            if (sends)
                channel.write(buffer, buffer, this);
            else
                channel.read(buffer, Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS, buffer, this);
            return this;
        }

        @Override
        public void completed(Integer n, ByteBuffer buffer) {
            if (n < 0)
                failed(new AssertionError("the stream ends after " + buffer.position()), buffer);
            else if (buffer.hasRemaining())
                start(buffer);
            else
                ended.complete(null);
        }

        @Override
        public void failed(Throwable failure, ByteBuffer buffer) {
            ended.completeExceptionally(failure);
        }
    }

    @ForEachAsynchronousKind
    void megabytesGoBothWaysAtTheSameTime(AsynchronousKind kind) throws Exception {
        byte[] there = new byte[5_000_000];
        byte[] back = new byte[5_000_000];
        new Random(1).nextBytes(there);
        new Random(2).nextBytes(back);
        ByteBuffer atPeer = ByteBuffer.allocateDirect(there.length);
        ByteBuffer atClient = ByteBuffer.allocate(back.length);
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Whole[] all = { new Whole(pair.client(), true).start(ByteBuffer.wrap(there)),
                new Whole(pair.peer(), true).start(ByteBuffer.wrap(back)),
                new Whole(pair.peer(), false).start(atPeer), new Whole(pair.client(), false).start(atClient) };
            for (Whole one : all)
                resultOf(one.ended);
        }
        byte[] received = new byte[there.length];
        atPeer.flip().get(received);
        assertArrayEquals(there, received);
        assertArrayEquals(back, atClient.array());
    }

    @ForEachAsynchronousKind
    void addressesAreThoseOfTheKind(AsynchronousKind kind) throws Exception {
        try (AsynchronousServerSocketChannel server = kind.listen(null);
             AsynchronousSocketChannel client = kind.openClient(null)) {
            assertNull(client.getLocalAddress());
            assertNull(client.getRemoteAddress());
            Future<AsynchronousSocketChannel> accepted = server.accept();
            resultOf(client.connect(server.getLocalAddress()));
            try (AsynchronousSocketChannel peer = resultOf(accepted)) {
                assertEquals(server.getLocalAddress(), client.getRemoteAddress());
                assertEquals(client.getLocalAddress(), peer.getRemoteAddress());
                assertEquals(kind.freeEndpoint().getClass(), peer.getLocalAddress().getClass());
                assertTrue(client.toString().contains("connected"), client::toString);
            }
        }
    }
}
