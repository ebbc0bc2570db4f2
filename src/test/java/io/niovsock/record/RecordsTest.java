package io.niovsock.record;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Channels of VSOCK_SEQPACKET: a write is a record, and a read receives one. */
class RecordsTest {
    private interface Conversation {
        void hold(SocketChannel client, SocketChannel peer) throws Exception;
    }

    private static void connected(Conversation conversation) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET).bind(ChannelKind.VSOCK.freeEndpoint());
             SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)) {
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept()) {
                conversation.hold(client, peer);
            }
        }
    }

    private static String read(SocketChannel channel) throws Exception {
        ByteBuffer dst = ByteBuffer.allocate(100);
        int n = channel.read(dst);
        return n < 0 ? null : new String(dst.array(), 0, n);
    }

    @Test
    void recordsStayApart() throws Exception {
        connected((client, peer) -> {
            for (String record : new String[] { "one", "two", "three" })
                assertEquals(record.length(), client.write(Streams.buffer(record)));
            client.shutdownOutput();
            assertEquals("one", read(peer));
            assertEquals("two", read(peer));
            assertEquals("three", read(peer));
            assertEquals(null, read(peer));
        });
    }

    @Test
    void aGatheringWriteIsOneRecord() throws Exception {
        connected((client, peer) -> {
            client.write(new ByteBuffer[] { Streams.buffer("ga"), ByteBuffer.allocateDirect(0), Streams.buffer("ther") });
            client.write(Streams.buffer("next"));
            assertEquals("gather", read(peer));

            ByteBuffer[] dsts = { ByteBuffer.allocate(1), ByteBuffer.allocateDirect(100) };
            assertEquals(4, peer.read(dsts));
            assertEquals('n', dsts[0].get(0));
        });
    }

    @Test
    void whatOfARecordDoesNotFitIsLost() throws Exception {
        connected((client, peer) -> {
            client.write(Streams.buffer("too long"));
            client.write(Streams.buffer("next"));
            ByteBuffer small = ByteBuffer.allocate(3);
            assertEquals(3, peer.read(small));
            assertEquals("next", read(peer));
        });
    }

    @Test
    void aLargeRecordOfHeapOrDirectMemoryIsStillOne() throws Exception {
        byte[] bytes = Payload.random(21, 60_000);
        connected((client, peer) -> {
            for (ByteBuffer src : new ByteBuffer[] { ByteBuffer.wrap(bytes), ByteBuffer.allocateDirect(bytes.length).put(bytes).flip() }) {
                assertEquals(bytes.length, client.write(src));
                ByteBuffer dst = ByteBuffer.allocate(100_000);
                assertEquals(bytes.length, peer.read(dst));
                assertArrayEquals(bytes, Arrays.copyOf(dst.array(), bytes.length));
            }
        });
    }
}
