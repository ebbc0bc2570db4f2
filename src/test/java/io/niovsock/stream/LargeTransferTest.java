// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stream;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** More bytes than a socket holds, so each end must wait for the other many times. Digests are compared. */
class LargeTransferTest {
    private static final int MEGABYTE = 1 << 20;

    @ForEachChannelAndThread
    void eightMegabytesOfHeapGoOutInOneWrite(ChannelKind channel, ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(8, 8 * MEGABYTE);
        try (Pair pair = Pair.of(channel);
             Background<Long> writer = Background.start(thread, () -> {
                 ByteBuffer src = ByteBuffer.wrap(bytes);
                 long calls = 0;
                 for (; src.hasRemaining(); calls++)
                     pair.client().write(src);
                 pair.client().shutdownOutput();
                 return calls;
             })) {
            assertEquals(Payload.digest(bytes), Payload.digest(Streams.readToEnd(pair.peer())));
            if (channel.isVsock())
                assertEquals(1, writer.result(), "blocking writes that it took");
        }
    }

    @ForEachChannelAndThread
    void eightMegabytesArriveInOneDirectBuffer(ChannelKind channel, ThreadKind thread) throws Exception {
        assertEightMegabytesArriveIn(ByteBuffer.allocateDirect(8 * MEGABYTE), channel, thread);
    }

    /** In a part of an array; every read gets as much as is there. */
    @ForEachChannelAndThread
    void eightMegabytesArriveInOneSliceOfTheHeap(ChannelKind channel, ThreadKind thread) throws Exception {
        assertEightMegabytesArriveIn(ByteBuffer.allocate(9 * MEGABYTE).slice(MEGABYTE / 2 + 1, 8 * MEGABYTE), channel,
            thread);
    }

    private static void assertEightMegabytesArriveIn(ByteBuffer dst, ChannelKind channel, ThreadKind thread)
        throws Exception {
        byte[] bytes = Payload.random(9, dst.capacity());
        try (Pair pair = Pair.of(channel);
             Background<Void> reader = Background.start(thread, () -> {
                 while (dst.hasRemaining() && pair.client().read(dst) > 0) { }
                 return null;
             })) {
            Streams.writeAll(pair.peer(), ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
            reader.result();
            byte[] read = new byte[bytes.length];
            dst.flip().get(read);
            assertEquals(Payload.digest(bytes), Payload.digest(read));
        }
    }

    /** Reads and writes of one channel do not wait for each other. */
    @ForEachChannelAndThread
    void bothDirectionsRunAtOnceInChunksOfAllSizes(ChannelKind channel, ThreadKind thread) throws Exception {
        byte[] there = Payload.random(10, 3 * MEGABYTE);
        byte[] back = Payload.random(11, 3 * MEGABYTE);
        try (Pair pair = Pair.of(channel);
             Background<Void> clientWriter = Background.start(thread, () -> writeInChunks(pair.client(), there));
             Background<Void> peerWriter = Background.start(thread, () -> writeInChunks(pair.peer(), back));
             Background<byte[]> clientReader = Background.start(thread, () -> Streams.readToEnd(pair.client()))) {
            assertEquals(Payload.digest(there), Payload.digest(Streams.readToEnd(pair.peer())));
            assertEquals(Payload.digest(back), Payload.digest(clientReader.result()));
            clientWriter.result();
            peerWriter.result();
        }
    }

    private static Void writeInChunks(SocketChannel channel, byte[] bytes) throws Exception {
        Random random = new Random(bytes.length);
        for (int start = 0; start < bytes.length; ) {
            int size = Math.min(bytes.length - start, 1 + random.nextInt(1 << 1 + random.nextInt(18)));
            ByteBuffer chunk = random.nextBoolean() ? ByteBuffer.wrap(bytes, start, size)
                : ByteBuffer.allocateDirect(size).put(bytes, start, size).flip();
            Streams.writeAll(channel, chunk);
            start += size;
        }
        channel.shutdownOutput();
        return null;
    }

    /** One thread, one selector, both ends, which write and read by vectors of odd buffers. */
    @ForEachVsockChannel
    void aSelectorMovesBothDirectionsByVectors(ChannelKind channel) throws Exception {
        byte[] there = Payload.random(13, 2 * MEGABYTE);
        byte[] back = Payload.random(14, 2 * MEGABYTE);
        try (Pair pair = Pair.of(channel); Selector selector = Selector.open()) {
            VectoredEnd client = new VectoredEnd(pair.client(), there, back.length);
            VectoredEnd peer = new VectoredEnd(pair.peer(), back, there.length);
            for (VectoredEnd end : List.of(client, peer))
                end.channel.configureBlocking(false)
                    .register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE, end);
            while (!client.isDone() || !peer.isDone()) {
                assertTrue(selector.select(Machine.PATIENCE.toMillis()) > 0, "neither end is ready");
                for (SelectionKey key : selector.selectedKeys())
                    ((VectoredEnd) key.attachment()).move(key);
                selector.selectedKeys().clear();
            }
            assertEquals(Payload.digest(there), Payload.digest(peer.received.array()));
            assertEquals(Payload.digest(back), Payload.digest(client.received.array()));
        }
    }

    /** What one end has still to send, and has received. */
    private static final class VectoredEnd {
        final SocketChannel channel;
        final ByteBuffer toSend;
        final ByteBuffer received;

        VectoredEnd(SocketChannel channel, byte[] toSend, int toReceive) {
            this.channel = channel;
            this.toSend = ByteBuffer.wrap(toSend);
            received = ByteBuffer.allocate(toReceive);
        }

        boolean isDone() {
            return !toSend.hasRemaining() && !received.hasRemaining();
        }

        void move(SelectionKey key) throws Exception {
            if (key.isWritable()) {
                int before = toSend.position();
                ByteBuffer[] srcs = { part(toSend, 1, false), part(toSend, 23_334, true), ByteBuffer.allocate(0),
                    part(toSend, 35_001, false), part(toSend, 7, true) };
                toSend.position(before + (int) channel.write(srcs));
                if (!toSend.hasRemaining())
                    key.interestOps(SelectionKey.OP_READ);
            }
            if (key.isReadable() && received.hasRemaining()) {
                ByteBuffer[] dsts = { ByteBuffer.allocate(1), ByteBuffer.allocateDirect(23_334), ByteBuffer.allocate(0),
                    ByteBuffer.allocate(100).position(37).slice().limit(63), ByteBuffer.allocateDirect(7) };
                channel.read(dsts);
                for (ByteBuffer dst : dsts)
                    received.put(dst.flip());
            }
        }

        /** The next bytes of a buffer, as a part of it or in memory outside the heap. */
        private static ByteBuffer part(ByteBuffer of, int size, boolean direct) {
            int length = Math.min(size, of.remaining());
            ByteBuffer part = of.slice(of.position(), length);
            of.position(of.position() + length);
            return direct ? ByteBuffer.allocateDirect(length).put(part).flip() : part;
        }
    }

    /** One thread and one selector for both ends: an operation on one end must not wait for the other. */
    @ParameterizedTest(name = "{0}, chunks of {1}")
    @CsvSource({
        "JDK_TCP, 65536", "TCP, 65536", "VSOCK, 1000", "VSOCK, 65536", "VSOCK, 1048576",
        "DEFERRED_VSOCK, 1000", "DEFERRED_VSOCK, 65536", "DEFERRED_VSOCK, 1048576"
    })
    void aSelectorMovesItThroughNonBlockingChannels(ChannelKind channel, int chunk) throws Exception {
        byte[] bytes = Payload.random(12, chunk < 65536 ? MEGABYTE : 4 * MEGABYTE);
        ByteBuffer src = ByteBuffer.wrap(bytes);
        ByteBuffer dst = ByteBuffer.allocate(bytes.length);
        try (Pair pair = Pair.of(channel); Selector selector = Selector.open()) {
            pair.client().configureBlocking(false).register(selector, SelectionKey.OP_WRITE);
            pair.peer().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            boolean end = false;
            while (!end) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.isWritable()) {
                        int limit = src.limit();
                        src.limit(Math.min(limit, src.position() + chunk));
                        pair.client().write(src);
                        src.limit(limit);
                        if (!src.hasRemaining()) {
                            pair.client().shutdownOutput();
                            key.interestOps(0);
                        }
                    } else if (key.isReadable()) {
                        int limit = dst.limit();
                        dst.limit(Math.min(limit, dst.position() + chunk));
                        int n = dst.hasRemaining() ? pair.peer().read(dst) : pair.peer().read(ByteBuffer.allocate(1));
                        dst.limit(limit);
                        end = n < 0;
                    }
                }
                selector.selectedKeys().clear();
            }
        }
        assertEquals(Payload.digest(bytes), Payload.digest(dst.array()));
    }
}
