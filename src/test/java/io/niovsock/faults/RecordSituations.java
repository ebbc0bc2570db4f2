// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Pair;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;

import static io.niovsock.testkit.Streams.assertEnd;
import static io.niovsock.testkit.Streams.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Connections of records. */
final class RecordSituations {
    private RecordSituations() { }

    static Map<String, Situation> all() {
        Map<String, Situation> all = new LinkedHashMap<>();
        all.put("connect", RecordSituations::connect);
        all.put("write", attempt -> write(attempt, true));
        all.put("write without waiting", attempt -> write(attempt, false));
        all.put("gather", RecordSituations::gather);
        all.put("read", RecordSituations::read);
        all.put("read the end", RecordSituations::readEnd);
        all.put("close", RecordSituations::close);
        return all;
    }

    private static ServerSocketChannel listen(Attempt attempt) throws IOException {
        return attempt.keep(ServerSocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET))
            .bind(ChannelKind.VSOCK.freeEndpoint());
    }

    private static Pair pair(Attempt attempt) throws IOException {
        ServerSocketChannel server = listen(attempt);
        SocketChannel client = attempt.keep(SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET));
        client.connect(server.getLocalAddress());
        return new Pair(client, attempt.keep(server.accept()));
    }

    private static void assertArrives(String record, SocketChannel receiver) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(64);
        assertEquals(record.length(), receiver.read(dst));
        assertEquals(buffer(record), dst.flip());
    }

    private static void assertWorks(Pair pair) throws IOException {
        pair.client().write(buffer("record"));
        assertArrives("record", pair.peer());
        pair.peer().write(buffer("another"));
        assertArrives("another", pair.client());
    }

    private static void connect(Attempt attempt) throws Exception {
        ServerSocketChannel server = listen(attempt);
        SocketChannel client = attempt.keep(SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET));
        attempt.survives(LibraryCall.IOCTL); // the descriptor stays non-blocking
        assertTrue(attempt.of(() -> client.connect(server.getLocalAddress())));
        assertWorks(new Pair(client, attempt.keep(server.accept())));
    }

    private static void write(Attempt attempt, boolean blocking) throws Exception {
        Pair pair = pair(attempt);
        pair.client().configureBlocking(blocking);
        ByteBuffer src = buffer("written");
        attempt.of(() -> {
            while (src.hasRemaining())
                pair.client().write(src);
            return null;
        });
        assertArrives("written", pair.peer());
        pair.client().configureBlocking(true);
        assertWorks(pair);
    }

    private static void gather(Attempt attempt) throws Exception {
        Pair pair = pair(attempt);
        ByteBuffer[] parts = { buffer("gath"), buffer("ered") };
        assertEquals(8, attempt.of(() -> pair.client().write(parts)));
        assertArrives("gathered", pair.peer());
        assertWorks(pair);
    }

    private static void read(Attempt attempt) throws Exception {
        Pair pair = pair(attempt);
        pair.peer().write(buffer("read"));
        ByteBuffer dst = ByteBuffer.allocate(64);
        assertEquals(4, attempt.of(() -> pair.client().read(dst)));
        assertEquals(buffer("read"), dst.flip());
        assertWorks(pair);
    }

    private static void readEnd(Attempt attempt) throws Exception {
        Pair pair = pair(attempt);
        pair.peer().shutdownOutput();
        attempt.survives(LibraryCall.POLL, LibraryCall.IOCTL); // without an answer, nothing received is the end
        assertEquals(-1, attempt.of(() -> pair.client().read(ByteBuffer.allocate(64))));
    }

    private static void close(Attempt attempt) throws Exception {
        Pair pair = pair(attempt);
        attempt.close(pair.client());
        assertEnd(pair.peer());
    }
}
