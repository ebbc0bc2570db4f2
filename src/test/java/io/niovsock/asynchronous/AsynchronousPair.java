// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.WritePendingException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/** The two ends of a connection. */
record AsynchronousPair(AsynchronousSocketChannel client, AsynchronousSocketChannel peer) implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    static AsynchronousPair of(AsynchronousKind kind) throws Exception {
        return of(kind, null);
    }

    /** Both ends are in the group; null: the default group. */
    static AsynchronousPair of(AsynchronousKind kind, AsynchronousChannelGroup groupOrNull) throws Exception {
        return of(kind, kind.openClient(groupOrNull), groupOrNull);
    }

    static AsynchronousPair of(AsynchronousKind kind, AsynchronousSocketChannel client,
                               AsynchronousChannelGroup groupOrNull) throws Exception {
        try (AsynchronousServerSocketChannel server = kind.listen(groupOrNull)) {
            Future<AsynchronousSocketChannel> accepted = server.accept();
            Outcome.resultOf(client.connect(server.getLocalAddress()));
            return new AsynchronousPair(client, Outcome.resultOf(accepted));
        } catch (Exception | Error e) {
            client.close();
            throw e;
        }
    }

    /** Writes the whole text. */
    static void send(AsynchronousSocketChannel channel, String text) throws Exception {
        ByteBuffer src = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (src.hasRemaining())
            Outcome.resultOf(channel.write(src));
    }

    /** Reads a text of that length. */
    static String receive(AsynchronousSocketChannel channel, int length) throws Exception {
        ByteBuffer dst = ByteBuffer.allocate(length);
        while (dst.hasRemaining())
            if (Outcome.resultOf(channel.read(dst)) < 0)
                throw new AssertionError("the stream ends after " + dst.position() + " bytes");
        return new String(dst.array(), StandardCharsets.UTF_8);
    }

    void assertConnected() throws Exception {
        send(client, "ping");
        if (!receive(peer, 4).equals("ping"))
            throw new AssertionError("another text came");
        send(peer, "pong");
        if (!receive(client, 4).equals("pong"))
            throw new AssertionError("another text came");
    }

    /** A close must have ended the write. TCP moves bytes in its buffers, and may have had room a moment before. */
    static void assertEndedByClose(AsynchronousKind kind, Outcome<Integer> write) throws Exception {
        write.thread();
        if (kind == AsynchronousKind.VSOCK)
            write.failure(AsynchronousCloseException.class);
    }

    /** Writes until a write waits, and returns that one. */
    static Outcome<Integer> fill(AsynchronousSocketChannel channel) throws Exception {
        Outcome<Integer> last;
        do {
            last = new Outcome<>();
            channel.write(ByteBuffer.allocate(CHUNK), Outcome.ATTACHMENT, last);
        } while (!staysPending(channel));
        return last;
    }

    /** TCP has room again a moment later. The handler of a write may be called long after the write has ended. */
    private static boolean staysPending(AsynchronousSocketChannel channel) {
        for (int quiet = 0; quiet < 200; quiet++) {
            if (!isWritePending(channel))
                return false;
            LockSupport.parkNanos(500_000);
        }
        return true;
    }

    private static boolean isWritePending(AsynchronousSocketChannel channel) {
        try {
            channel.write(ByteBuffer.allocate(0));
            return false;
        } catch (WritePendingException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            client.close();
        } finally {
            peer.close();
        }
    }
}
