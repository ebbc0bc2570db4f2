// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Operations that go on until a connection ends, and say how soon and how it ended. */
final class Endings {
    /** Seconds: the limit for "prompt" on an emulated machine. */
    static final int PROMPT = 20;

    private Endings() { }

    static void require(boolean condition, String otherwise) {
        if (!condition)
            throw new AssertionError(otherwise);
    }

    /** @param atLeast what the peer has read before it ended */
    static String writeUntilItFails(SocketChannel connection, long atLeast) {
        ByteBuffer chunk = ByteBuffer.allocateDirect(4096);
        long written = 0;
        long last = System.nanoTime();
        try (connection) {
            while (true) {
                written += connection.write(chunk.clear());
                last = System.nanoTime();
            }
        } catch (IOException e) {
            require(written >= atLeast - chunk.capacity(), "failed after " + written + " bytes: " + e);
            return failedAfter(written, last, e);
        }
    }

    /**
     * A peer's end is the end of the stream, or an exception if the kernel saw the connection break.
     *
     * @param bytes what the peer has sent before it ended
     */
    static String readUntilItEnds(SocketChannel connection, long bytes) {
        ByteBuffer chunk = ByteBuffer.allocateDirect(Peer.CHUNK);
        long read = 0;
        long last = System.nanoTime();
        try (connection) {
            for (int n = connection.read(chunk); n >= 0; n = connection.read(chunk.clear())) {
                read += n;
                last = System.nanoTime();
            }
            require(read == bytes, "ended after " + read + " bytes");
            return failedAfter(read, last, "end of stream");
        } catch (IOException e) {
            return failedAfter(read, last, e);
        }
    }

    private static String failedAfter(long bytes, long last, Object how) {
        double seconds = Report.secondsSince(last);
        require(seconds < PROMPT, "after " + seconds + " s: " + how);
        return "after " + bytes + " bytes, " + Report.rounded(seconds) + " s later: " + how;
    }

    static String writeToEnded(SocketChannel connection) {
        try {
            return "written: " + connection.write(ByteBuffer.allocate(1));
        } catch (IOException e) {
            return e.toString();
        }
    }

    static String readUntilBroken(SocketChannel connection) {
        try (connection) {
            return connection.read(ByteBuffer.allocate(1)) < 0 ? "end of stream" : "read something";
        } catch (IOException e) {
            return e.toString();
        }
    }

    static String selectUntilItEnds(SocketChannel channel) throws IOException {
        try (SocketChannel connection = channel; Selector selector = Selector.open()) {
            connection.configureBlocking(false);
            connection.register(selector, SelectionKey.OP_READ);
            require(selector.select(TimeUnit.SECONDS.toMillis(PROMPT)) == 1, "nothing was selected");
            try {
                require(connection.read(ByteBuffer.allocate(1)) < 0, "read something");
                return "end of stream";
            } catch (IOException e) {
                return e.toString();
            }
        }
    }

    static CompletableFuture<String> inBackground(Callable<String> call) {
        CompletableFuture<String> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                result.complete(call.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}
