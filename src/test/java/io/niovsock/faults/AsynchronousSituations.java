// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import static io.niovsock.testkit.Streams.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/** Asynchronous channels of the default group. */
final class AsynchronousSituations {
    /** Direct, since each thread of the group would keep a temporary buffer; garbage would look like a leak. */
    private static final ByteBuffer RECEIVED = ByteBuffer.allocateDirect(16);
    private static final ByteBuffer SENT = ByteBuffer.allocateDirect(16);

    private AsynchronousSituations() { }

    private record Ends(AsynchronousSocketChannel client, AsynchronousSocketChannel peer) { }

    static Map<String, Situation> all() {
        Map<String, Situation> all = new LinkedHashMap<>();
        all.put("bind", AsynchronousSituations::bind);
        all.put("connect", AsynchronousSituations::connect);
        all.put("accept", AsynchronousSituations::accept);
        all.put("accept later", AsynchronousSituations::acceptLater);
        all.put("read", AsynchronousSituations::read);
        all.put("read later", AsynchronousSituations::readLater);
        all.put("write", AsynchronousSituations::write);
        all.put("options", AsynchronousSituations::options);
        all.put("shut down", AsynchronousSituations::shutDown);
        all.put("close", AsynchronousSituations::close);
        return all;
    }

    private static <T> T result(Future<T> future) throws Exception {
        try {
            return future.get(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception failure)
                throw failure;
            throw e;
        }
    }

    private static AsynchronousServerSocketChannel listen(Attempt attempt) throws IOException {
        return attempt.keep(AsynchronousServerSocketChannel.open()).bind(ChannelKind.VSOCK.freeEndpoint());
    }

    private static Ends ends(Attempt attempt) throws Exception {
        AsynchronousServerSocketChannel server = listen(attempt);
        AsynchronousSocketChannel client = attempt.keep(AsynchronousSocketChannel.open());
        result(client.connect(server.getLocalAddress()));
        return new Ends(client, attempt.keep(result(server.accept())));
    }

    private static ByteBuffer bytes(String text) {
        return SENT.clear().put(buffer(text)).flip();
    }

    private static void assertArrives(String text, AsynchronousSocketChannel receiver) throws Exception {
        ByteBuffer dst = RECEIVED.clear().limit(text.length());
        while (dst.hasRemaining() && result(receiver.read(dst)) >= 0) { }
        assertEquals(buffer(text), dst.flip());
    }

    private static void assertWorks(AsynchronousSocketChannel client, AsynchronousSocketChannel peer) throws Exception {
        result(client.write(bytes("ping")));
        assertArrives("ping", peer);
        result(peer.write(bytes("pong")));
        assertArrives("pong", client);
    }

    private static void bind(Attempt attempt) throws Exception {
        AsynchronousServerSocketChannel server = attempt.keep(AsynchronousServerSocketChannel.open());
        attempt.survives(LibraryCall.GETSOCKNAME); // the port is known
        attempt.of(() -> server.bind(ChannelKind.VSOCK.freeEndpoint()));
        AsynchronousSocketChannel client = attempt.keep(AsynchronousSocketChannel.open());
        result(client.connect(server.getLocalAddress()));
        assertWorks(client, attempt.keep(result(server.accept())));
    }

    private static void connect(Attempt attempt) throws Exception {
        AsynchronousServerSocketChannel server = listen(attempt);
        AsynchronousSocketChannel client = attempt.keep(AsynchronousSocketChannel.open());
        attempt.of(() -> result(client.connect(server.getLocalAddress())));
        assertWorks(client, attempt.keep(result(server.accept())));
    }

    private static void accept(Attempt attempt) throws Exception {
        AsynchronousServerSocketChannel server = listen(attempt);
        AsynchronousSocketChannel client = attempt.keep(AsynchronousSocketChannel.open());
        result(client.connect(server.getLocalAddress()));
        if (attempt.isToFail(LibraryCall.IOCTL)) // the connection is accepted, and closed: no other waits
            attempt.once(() -> attempt.keep(result(server.accept())));
        assertWorks(client, attempt.of(() -> attempt.keep(result(server.accept()))));
    }

    /** The accept waits for the client. */
    private static void acceptLater(Attempt attempt) throws Exception {
        AsynchronousServerSocketChannel server = listen(attempt);
        AsynchronousSocketChannel client = attempt.keep(AsynchronousSocketChannel.open());
        AsynchronousSocketChannel peer = attempt.once(() -> {
            Future<AsynchronousSocketChannel> accepted = server.accept();
            attempt.keep(() -> closeAccepted(accepted));
            result(client.connect(server.getLocalAddress()));
            return result(accepted);
        });
        assertWorks(client, peer);
    }

    private static void closeAccepted(Future<AsynchronousSocketChannel> accepted) throws Exception {
        try {
            if (accepted.isDone()) // if not, the close of the listener ends it
                accepted.get().close();
        } catch (ExecutionException e) {
            // there is no connection
        }
    }

    private static void read(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        result(ends.peer().write(bytes("r")));
        ByteBuffer dst = RECEIVED.clear().limit(1);
        assertEquals(1, attempt.of(() -> result(ends.client().read(dst))));
        assertEquals(buffer("r"), dst.flip());
        assertWorks(ends.client(), ends.peer());
    }

    /** The read waits for the bytes. */
    private static void readLater(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        ByteBuffer dst = RECEIVED.clear().limit(1);
        assertEquals(1, attempt.once(() -> {
            Future<Integer> read = ends.client().read(dst);
            result(ends.peer().write(bytes("r")));
            return result(read);
        }));
        assertEquals(buffer("r"), dst.flip());
        assertWorks(ends.client(), ends.peer());
    }

    private static void write(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        ByteBuffer src = bytes("written");
        attempt.of(() -> {
            while (src.hasRemaining())
                result(ends.client().write(src));
            return null;
        });
        assertArrives("written", ends.peer());
        assertWorks(ends.client(), ends.peer());
    }

    private static void options(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        attempt.of(() -> ends.client().setOption(StandardSocketOptions.SO_RCVBUF, 65_536)
            .getOption(StandardSocketOptions.SO_RCVBUF));
        assertWorks(ends.client(), ends.peer());
    }

    private static void shutDown(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        attempt.of(ends.client()::shutdownOutput);
        assertEquals(-1, result(ends.peer().read(RECEIVED.clear())));
    }

    private static void close(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        attempt.close(ends.client());
        assertFalse(ends.client().isOpen());
        assertEquals(-1, result(ends.peer().read(RECEIVED.clear())));
    }
}
