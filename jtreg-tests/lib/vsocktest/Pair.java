// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;

/** The two ends of a connection. */
public record Pair(SocketChannel client, SocketChannel accepted) implements AutoCloseable {
    private static final int QUIET_ROUNDS = 4;
    private static final long QUIET_NANOS = 20_000_000; // four rounds last longer than TCP delays an acknowledgement

    public static Pair of(Family family) throws IOException {
        try (ServerSocketChannel server = family.listen()) {
            SocketChannel client = family.open();
            client.connect(server.getLocalAddress());
            return new Pair(client, server.accept());
        }
    }

    /**
     * Writes until the channel stays full, so that the next write blocks without having written anything. The kernel
     * moves the bytes of a TCP connection on after a write, and has room for more a moment later.
     */
    public static void fill(SocketChannel channel) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(64 << 10);
        channel.configureBlocking(false);
        for (int quiet = 0; quiet < QUIET_ROUNDS; quiet++) {
            while (channel.write(chunk.clear()) > 0)
                quiet = 0;
            LockSupport.parkNanos(QUIET_NANOS);
        }
        channel.configureBlocking(true);
    }

    /** Reads until the buffer is full. */
    public static ByteBuffer readFully(SocketChannel channel, ByteBuffer dst) throws IOException {
        while (dst.hasRemaining())
            if (channel.read(dst) < 0)
                throw new AssertionError("the stream ended after " + dst.position() + " of " + dst.limit() + " bytes");
        return dst.flip();
    }

    /** Sends some bytes and checks that they arrive. */
    public static void checkFlow(SocketChannel from, SocketChannel to) throws IOException {
        ByteBuffer sent = ByteBuffer.wrap("from one end to the other".getBytes());
        Check.equal(from.write(sent), sent.limit(), "bytes written");
        Check.equal(readFully(to, ByteBuffer.allocate(sent.limit())), sent.flip(), "bytes that came over");
    }

    @Override
    public void close() throws IOException {
        client.close();
        accepted.close();
    }
}
