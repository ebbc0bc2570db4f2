// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import io.niovsock.VsockSocketAddress;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Sends and receives whole messages over channels, which may move any number of bytes at a time. */
public final class Streams {
    private static final int CHUNK = 1 << 16;
    private static final int QUIET_ROUNDS = 4;
    private static final long QUIET_NANOS = 5_000_000;
    private static final long TCP_QUIET_NANOS = 20_000_000; // four rounds exceed a delayed acknowledgement's 40 ms

    private Streams() { }

    public static ByteBuffer buffer(String text) {
        return ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    public static void write(WritableByteChannel channel, byte[] bytes) throws IOException {
        writeAll(channel, ByteBuffer.wrap(bytes));
    }

    public static void write(WritableByteChannel channel, String text) throws IOException {
        writeAll(channel, buffer(text));
    }

    /** Writes all bytes, even to a channel in non-blocking mode, by retrying. */
    public static void writeAll(WritableByteChannel channel, ByteBuffer src) throws IOException {
        long deadline = System.nanoTime() + Machine.PATIENCE.toNanos();
        while (src.hasRemaining()) {
            if (channel.write(src) == 0)
                assertTrue(System.nanoTime() - deadline < 0, "the peer does not read the bytes");
        }
    }

    public static byte[] readExactly(ReadableByteChannel channel, int size) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(size);
        long deadline = System.nanoTime() + Machine.PATIENCE.toNanos();
        while (dst.hasRemaining()) {
            int n = channel.read(dst);
            assertFalse(n < 0, () -> "the stream ends after " + dst.position() + " of " + size + " bytes");
            if (n == 0)
                assertTrue(System.nanoTime() - deadline < 0,
                    () -> "only " + dst.position() + " of " + size + " bytes came");
        }
        return dst.array();
    }

    public static String readText(ReadableByteChannel channel, int size) throws IOException {
        return new String(readExactly(channel, size), java.nio.charset.StandardCharsets.UTF_8);
    }

    public static byte[] readToEnd(ReadableByteChannel channel) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteBuffer dst = ByteBuffer.allocate(CHUNK);
        while (channel.read(dst) >= 0) {
            bytes.write(dst.array(), 0, dst.position());
            dst.clear();
        }
        return bytes.toByteArray();
    }

    public static void assertEnd(ReadableByteChannel channel) throws IOException {
        assertEquals(-1, channel.read(ByteBuffer.allocate(1)), "the end of the stream");
    }

    /** Checks that both directions work. */
    public static void assertConnected(Pair pair) throws IOException {
        write(pair.client(), "ping");
        assertEquals("ping", readText(pair.peer(), 4));
        write(pair.peer(), "pong");
        assertEquals("pong", readText(pair.client(), 4));
    }

    /**
     * Writes until a channel is full, so that the next write blocks; the channel is in blocking mode afterwards. TCP
     * moves bytes after a write, and has room again a moment later. So a channel is full only if it stays full.
     *
     * @return the number of bytes written
     */
    public static long fill(SocketChannel channel) throws IOException {
        long quietNanos = channel.getRemoteAddress() instanceof VsockSocketAddress ? QUIET_NANOS : TCP_QUIET_NANOS;
        channel.configureBlocking(false);
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        long written = 0;
        for (int quiet = 0; quiet < QUIET_ROUNDS; quiet++) {
            int n = channel.write(chunk.clear());
            while (n > 0) {
                quiet = 0;
                written += n;
                n = channel.write(chunk.clear());
            }
            LockSupport.parkNanos(quietNanos);
        }
        channel.configureBlocking(true);
        return written;
    }

    /**
     * Starts a write that finds no room and blocks. TCP moves bytes in its buffers meanwhile, and finds room later, so
     * over TCP the write is repeated as long as it succeeds.
     */
    public static <T> Background<T> startBlockedWrite(ChannelKind kind, ThreadKind thread, SocketChannel channel,
        Callable<T> write)
        throws IOException {
        fill(channel);
        return Background.start(thread, kind.isVsock() ? write : repeating(write)).awaitBlocked();
    }

    private static <T> Callable<T> repeating(Callable<T> call) {
        return () -> {
            while (true)
                call.call();
        };
    }
}
