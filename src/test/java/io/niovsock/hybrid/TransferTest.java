// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Bytes between the host and an attached guest. */
class TransferTest {
    private static final int SIZE = 5_000_001;

    @TempDir
    private Path folder;

    static Stream<ThreadKind> threads() {
        return ThreadKind.available().stream();
    }

    private static Pair connect(Guest guest) throws Exception {
        return new Pair(SocketChannel.open(guest.endpoint()), guest.device().accept(Guest.PORT));
    }

    @ParameterizedTest
    @MethodSource("threads")
    void manyBytesCrossInBothDirections(ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(1, SIZE);
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest);
             Background<Void> writer = Background.start(thread, () -> {
                 Streams.write(pair.client(), bytes);
                 return null;
             }); Background<byte[]> reader = Background.start(thread, () -> Streams.readExactly(pair.client(), SIZE));
             Background<Void> guestsWriter = Background.start(() -> {
                 Streams.write(pair.peer(), bytes);
                 return null;
             })) {
            assertEquals(Payload.digest(bytes), Payload.digest(Streams.readExactly(pair.peer(), SIZE)));
            assertEquals(Payload.digest(bytes), Payload.digest(reader.result()));
            writer.result();
            guestsWriter.result();
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aFileIsSent(ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(2, SIZE);
        Path source = Files.write(folder.resolve("source"), bytes);
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest);
             FileChannel file = FileChannel.open(source, StandardOpenOption.READ);
             Background<Void> sender = Background.start(thread, () -> {
                 for (long position = 0; position < SIZE; )
                     position += file.transferTo(position, SIZE - position, pair.client());
                 pair.client().shutdownOutput();
                 return null;
             })) {
            assertEquals(Payload.digest(bytes), Payload.digest(Streams.readToEnd(pair.peer())));
            sender.result();
        }
    }

    @Test
    void buffersAreGatheredAndScattered() throws Exception {
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest)) {
            ByteBuffer[] parts = { ByteBuffer.wrap(new byte[] { 1, 2 }), ByteBuffer.allocateDirect(0),
                ByteBuffer.allocateDirect(1).put((byte) 3).flip() };
            assertEquals(3, pair.client().write(parts));
            assertArrayEquals(new byte[] { 1, 2, 3 }, Streams.readExactly(pair.peer(), 3));
            Streams.write(pair.peer(), new byte[] { 4, 5, 6 });
            ByteBuffer[] into = { ByteBuffer.allocate(1), ByteBuffer.allocateDirect(2) };
            long read = 0;
            while (read < 3)
                read += pair.client().read(into);
            assertEquals(4, into[0].get(0));
            assertEquals(6, into[1].get(1));
        }
    }

    /** What AF_UNIX does; docs/transports.md has what the monitors make of it. */
    @Test
    void eitherSideEndsItsStream() throws Exception {
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest)) {
            pair.client().shutdownOutput();
            Streams.assertEnd(pair.peer());
            Streams.write(pair.peer(), "answer");
            assertEquals("answer", Streams.readText(pair.client(), 6));
            pair.peer().shutdownOutput();
            Streams.assertEnd(pair.client());
        }
    }

    /** Bytes that the host does not read must not become a reset, which would take what it has written before. */
    @Test
    void lastBytesArriveDespiteUnreadOnes() throws Exception {
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest)) {
            Streams.write(pair.peer(), "unread");
            Streams.write(pair.client(), "last");
            pair.client().close();
            assertEquals("last", Streams.readText(pair.peer(), 4));
            Streams.assertEnd(pair.peer());
        }
    }

    @Test
    void aKilledMonitorEndsTheConnection() throws Exception {
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest)) {
            Streams.write(pair.peer(), "last");
            pair.peer().close();
            guest.device().die();
            assertEquals("last", Streams.readText(pair.client(), 4));
            Streams.assertEnd(pair.client());
            assertEquals("Broken pipe",
                assertThrows(IOException.class, () -> Streams.write(pair.client(), "x")).getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aCloseEndsABlockedRead(ThreadKind thread) throws Exception {
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest);
             Background<Integer> reader = Background.start(thread, () -> pair.client().read(ByteBuffer.allocate(1)))
                 .awaitBlocked()) {
            pair.client().close();
            reader.failure(AsynchronousCloseException.class);
            Streams.assertEnd(pair.peer());
        }
    }
}
