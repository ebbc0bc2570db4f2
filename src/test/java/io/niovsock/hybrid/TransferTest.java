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
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
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

    @Test
    void aFileIsReceived() throws Exception {
        byte[] bytes = Payload.random(3, SIZE);
        Path target = folder.resolve("target");
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest);
             FileChannel file = FileChannel.open(target, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
             Background<Void> sender = Background.start(() -> {
                 Streams.write(pair.peer(), bytes);
                 pair.peer().close();
                 return null;
             })) {
            long received = 0;
            for (long n; (n = file.transferFrom(pair.client(), received, SIZE)) > 0; )
                received += n;
            assertEquals(SIZE, received);
            sender.result();
        }
        assertEquals(Payload.digest(bytes), Payload.digest(Files.readAllBytes(target)));
    }

    /** The guest ends, with its monitor, in the middle of what it sends: all bytes arrive, then the end. */
    @ParameterizedTest
    @MethodSource("threads")
    void whatAGuestHasSentArrivesBeforeItsEnd(ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(4, SIZE);
        int sent = 3_333_333;
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest);
             Background<byte[]> reader = Background.start(thread, () -> Streams.readToEnd(pair.client()))) {
            pair.peer().write(ByteBuffer.wrap(bytes, 0, sent));
            pair.peer().close();
            guest.device().die();
            assertArrayEquals(Arrays.copyOf(bytes, sent), reader.result());
        }
    }

    /** The guest ends in the middle of what the host sends. The host learns of it, and the guest had a whole prefix. */
    @ParameterizedTest
    @MethodSource("threads")
    void aWriteToAGuestThatEndsFails(ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(5, 50_000_000);
        int read = 3_333_333;
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest);
             Background<Void> writer = Background.start(thread, () -> {
                 Streams.write(pair.client(), bytes);
                 return null;
             })) {
            assertArrayEquals(Arrays.copyOf(bytes, read), Streams.readExactly(pair.peer(), read));
            pair.peer().close();
            assertEquals("Broken pipe", writer.failure(IOException.class).getMessage());
        }
    }

    /** The monitor ends with bytes unread: what the guest has sent before still arrives, then a reset. */
    @Test
    void whatAGuestHasSentArrivesBeforeAReset() throws Exception {
        byte[] bytes = Payload.random(6, 100_000);
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest)) {
            Streams.write(pair.client(), "unread");
            Streams.write(pair.peer(), bytes);
            pair.peer().close();
            assertArrayEquals(bytes, Streams.readExactly(pair.client(), bytes.length));
            String message = assertThrows(IOException.class, () -> pair.client().read(ByteBuffer.allocate(1)))
                .getMessage();
            assertEquals("Connection reset", message);
        }
    }

    /** Only this side is affected: the guest's bytes are dropped, and the host's still go there. */
    @Test
    void aShutInputStillWrites() throws Exception {
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest)) {
            pair.client().shutdownInput();
            Streams.assertEnd(pair.client());
            Streams.write(pair.client(), "ping");
            assertEquals("ping", Streams.readText(pair.peer(), 4));
            pair.client().shutdownOutput();
            assertThrows(ClosedChannelException.class, () -> Streams.write(pair.client(), "x"));
            Streams.assertEnd(pair.peer());
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aShutdownEndsABlockedRead(ThreadKind thread) throws Exception {
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest);
             Background<Integer> reader = Background.start(thread, () -> pair.client().read(ByteBuffer.allocate(1)))
                 .awaitBlocked()) {
            pair.client().shutdownInput();
            assertEquals(-1, reader.result());
            Streams.write(pair.client(), "ping");
            assertEquals("ping", Streams.readText(pair.peer(), 4));
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aShutdownEndsABlockedWrite(ThreadKind thread) throws Exception {
        try (Guest guest = Guest.start(folder); Pair pair = connect(guest);
             Background<Boolean> writer = Background.start(thread, () -> {
                 Streams.write(pair.client(), new byte[SIZE]);
                 return true;
             }).awaitBlocked()) {
            pair.client().shutdownOutput();
            assertInstanceOf(IOException.class, writer.failure());
            Streams.readToEnd(pair.peer());
            Streams.write(pair.peer(), "answer");
            assertEquals("answer", Streams.readText(pair.client(), 6));
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
