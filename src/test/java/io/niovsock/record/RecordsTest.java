// SPDX-License-Identifier: Apache-2.0
package io.niovsock.record;

import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.InputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Channels of VSOCK_SEQPACKET: a write sends one record, and a read receives one. */
class RecordsTest {
    @Test
    void recordsStayApart() throws Exception {
        try (RecordPair pair = RecordPair.open()) {
            for (String record : new String[] { "one", "two", "three" })
                assertEquals(record.length(), pair.client().write(Streams.buffer(record)));
            pair.client().shutdownOutput();
            assertEquals("one", RecordPair.read(pair.peer()));
            assertEquals("two", RecordPair.read(pair.peer()));
            assertEquals("three", RecordPair.read(pair.peer()));
            assertNull(RecordPair.read(pair.peer()));
            pair.peer().write(Streams.buffer("the other half is open"));
            assertEquals("the other half is open", RecordPair.read(pair.client()));
        }
    }

    @Test
    void theEndIsReadStillWhenThisHalfIsClosedAfterIt() throws Exception {
        try (RecordPair pair = RecordPair.open()) {
            pair.client().close();
            assertNull(RecordPair.read(pair.peer()));
            pair.peer().shutdownOutput();
            assertNull(RecordPair.read(pair.peer()));
        }
    }

    @Test
    void aGatheringWriteIsOneRecord() throws Exception {
        try (RecordPair pair = RecordPair.open()) {
            pair.client().write(new ByteBuffer[] { Streams.buffer("ga"), ByteBuffer.allocateDirect(0),
                Streams.buffer("ther") });
            pair.client().write(Streams.buffer("next"));
            assertEquals("gather", RecordPair.read(pair.peer()));

            ByteBuffer[] dsts = { ByteBuffer.allocate(1), ByteBuffer.allocateDirect(100) };
            assertEquals(4, pair.peer().read(dsts));
            assertEquals('n', dsts[0].get(0));
            assertEquals(3, dsts[1].position());
        }
    }

    /** More buffers than a system call accepts (IOV_MAX is 1024). */
    @Test
    void aThousandBuffersAndMoreAreOneRecord() throws Exception {
        ByteBuffer[] parts = new ByteBuffer[1500];
        for (int i = 0; i < parts.length; i++)
            parts[i] = ByteBuffer.allocate(1).put(0, (byte) i);
        try (RecordPair pair = RecordPair.open()) {
            assertEquals(parts.length, pair.client().write(parts));
            for (ByteBuffer part : parts)
                assertEquals(0, part.remaining());
            ByteBuffer dst = ByteBuffer.allocate(5000);
            assertEquals(parts.length, pair.peer().read(dst));
            for (int i = 0; i < parts.length; i++)
                assertEquals((byte) i, dst.get(i));
        }
    }

    @Test
    void aReadWithTooLittleRoomSaysHowMuchIsLost() throws Exception {
        ByteBuffer[][] rooms = {
            { ByteBuffer.allocate(3) }, { ByteBuffer.allocateDirect(3) },
                { ByteBuffer.allocate(1), ByteBuffer.allocateDirect(2) },
        };
        try (RecordPair pair = RecordPair.open()) {
            for (ByteBuffer[] room : rooms) {
                pair.client().write(Streams.buffer("too long"));
                pair.client().write(Streams.buffer("next"));
                String message = assertFails(SocketException.class,
                    () -> { if (room.length == 1) pair.peer().read(room[0]); else pair.peer().read(room); })
                        .getMessage();
                assertTrue(message.contains("record of 8 bytes") && message.contains("room for 3")
                    && message.contains("last 5"), message);
                for (ByteBuffer part : room)
                    assertEquals(0, part.remaining(), "what fits is there");
                assertEquals("next", RecordPair.read(pair.peer()));
            }
        }
    }

    @Test
    void aStreamWithTooLittleRoomSaysSoToo() throws Exception {
        try (RecordPair pair = RecordPair.open()) {
            for (InputStream in : new InputStream[] { pair.peer().socket().getInputStream(),
                Channels.newInputStream(pair.peer()) }) {
                pair.client().write(Streams.buffer("too long"));
                pair.client().write(Streams.buffer("next"));
                assertFails(SocketException.class, () -> in.read(new byte[4]));
                byte[] bytes = new byte[10];
                assertEquals(4, in.read(bytes));
                assertEquals("next", new String(bytes, 0, 4));
            }
            pair.client().socket().getOutputStream().write("by a stream".getBytes());
            assertEquals("by a stream", RecordPair.read(pair.peer()));
        }
    }

    @Test
    void anEmptyRecordIsNone() throws Exception {
        try (RecordPair pair = RecordPair.open()) {
            assertEquals(0, pair.client().write(ByteBuffer.allocate(0)));
            assertEquals(0, pair.client().write(new ByteBuffer[] { ByteBuffer.allocate(0),
                ByteBuffer.allocateDirect(0) }));
            pair.client().write(Streams.buffer("x"));
            assertEquals(0, pair.peer().read(ByteBuffer.allocate(0)), "takes nothing");
            assertEquals("x", RecordPair.read(pair.peer()));
        }
    }

    @Test
    void aRecordMayBeAsLargeAsTheBuffer() throws Exception {
        try (RecordPair pair = RecordPair.open()) {
            int size = Math.toIntExact(pair.client().getOption(VsockSocketOptions.BUFFER_SIZE));
            byte[] bytes = Payload.random(21, size + 1);
            for (ByteBuffer src : new ByteBuffer[] { ByteBuffer.wrap(bytes),
                ByteBuffer.allocateDirect(bytes.length).put(bytes).flip() }) {
                for (boolean parts : new boolean[] { false, true }) {
                    String message = assertFails(SocketException.class, () -> {
                        if (parts) pair.client().write(new ByteBuffer[] { src }); else pair.client().write(src);
                    }).getMessage();
                    assertTrue(message.contains(size + 1 + " bytes")
                        && message.contains("BUFFER_SIZE of this side: " + size + " bytes"), message);
                    assertEquals(0, src.position());
                }
                src.limit(size);
                assertEquals(size, pair.client().write(src));
                ByteBuffer dst = ByteBuffer.allocate(size + 100);
                assertEquals(size, pair.peer().read(dst));
                assertArrayEquals(Arrays.copyOf(bytes, size), Arrays.copyOf(dst.array(), size));
            }
        }
    }

    @Test
    void aSelectorWaitsForRecords() throws Exception {
        try (RecordPair pair = RecordPair.open(); Selector selector = Selector.open()) {
            SocketChannel peer = pair.peer();
            peer.configureBlocking(false);
            assertEquals(0, peer.read(ByteBuffer.allocate(10)));
            SelectionKey key = peer.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            assertEquals(1, selector.select());
            assertEquals(SelectionKey.OP_WRITE, key.readyOps());
            selector.selectedKeys().clear();
            key.interestOps(SelectionKey.OP_READ);
            pair.client().write(Streams.buffer("one"));
            pair.client().write(Streams.buffer("two"));
            assertEquals(1, selector.select());
            assertEquals("one", RecordPair.read(peer));
            selector.selectedKeys().clear();
            assertEquals(1, selector.select(), "the second record is there still");
            assertEquals("two", RecordPair.read(peer));
            assertEquals(0, peer.read(ByteBuffer.allocate(10)));
            pair.client().close();
            selector.selectedKeys().clear();
            assertEquals(1, selector.select());
            assertNull(RecordPair.read(peer));
        }
    }

    @Test
    void aFileIsTransferredAsOneRecord(@TempDir Path folder) throws Exception {
        byte[] bytes = Payload.random(22, 100_000);
        Path source = Files.write(folder.resolve("source"), bytes);
        Path target = folder.resolve("target");
        try (RecordPair pair = RecordPair.open(); FileChannel from = FileChannel.open(source);
             FileChannel to = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            assertEquals(bytes.length, from.transferTo(0, bytes.length, pair.client()));
            ByteBuffer dst = ByteBuffer.allocate(200_000);
            assertEquals(bytes.length, pair.peer().read(dst));
            assertArrayEquals(bytes, Arrays.copyOf(dst.array(), bytes.length));

            pair.client().write(ByteBuffer.wrap(bytes, 0, 5000));
            pair.client().write(ByteBuffer.wrap(bytes, 5000, 3000));
            pair.client().shutdownOutput();
            assertEquals(5000, to.transferFrom(pair.peer(), 0, 5000));
            assertEquals(3000, to.transferFrom(pair.peer(), 5000, 8000));
            assertArrayEquals(Arrays.copyOf(bytes, 8000), Files.readAllBytes(target));
        }
    }
}
