// SPDX-License-Identifier: Apache-2.0
package io.niovsock.file;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FileTransferTest {
    private static final int SIZE = 5_000_001; // many times what a socket holds at first, and no round number

    @TempDir
    private Path folder;

    private FileChannel fileOf(byte[] bytes) throws Exception {
        return FileChannel.open(Files.write(folder.resolve("source"), bytes), StandardOpenOption.READ);
    }

    @ForEachChannelAndThread
    void aFileIsSentWhole(ChannelKind channel, ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(15, SIZE);
        try (Pair pair = Pair.of(channel); FileChannel file = fileOf(bytes);
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

    @ForEachChannelAndThread
    void aFileIsReceivedWhole(ChannelKind channel, ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(16, SIZE);
        Path received = folder.resolve("received");
        try (Pair pair = Pair.of(channel);
             FileChannel file = FileChannel.open(received, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
             Background<Void> receiver = Background.start(thread, () -> {
                 for (long position = 0; position < SIZE; ) {
                     long n = file.transferFrom(pair.client(), position, SIZE - position);
                     assertTrue(n > 0);
                     position += n;
                 }
                 return null;
             })) {
            Streams.write(pair.peer(), bytes);
            receiver.result();
        }
        assertEquals(Payload.digest(bytes), Payload.digest(Files.readAllBytes(received)));
        Files.delete(received);
    }

    @ForEachChannel
    void aPartOfAFileIsSent(ChannelKind channel) throws Exception {
        byte[] bytes = Payload.random(17, 100_000);
        try (Pair pair = Pair.of(channel); FileChannel file = fileOf(bytes)) {
            assertEquals(30_000, file.transferTo(12_345, 30_000, pair.client()));
            assertEquals(Payload.digest(Arrays.copyOfRange(bytes, 12_345, 42_345)),
                Payload.digest(Streams.readExactly(pair.peer(), 30_000)));
            assertEquals(1, file.transferTo(bytes.length - 1, 1_000_000, pair.client()), "to the end of the file");
            assertEquals(0, file.transferTo(bytes.length, 1, pair.client()));
        }
    }

    /** In non-blocking mode, the transfer sends as much as fits, and the rest after the peer has read. */
    @ForEachChannel
    void aNonBlockingChannelTakesWhatFits(ChannelKind channel) throws Exception {
        int size = 4 * SIZE; // more than TCP's buffers hold
        byte[] bytes = Payload.random(18, size);
        try (Pair pair = Pair.of(channel); FileChannel file = fileOf(bytes)) {
            pair.client().configureBlocking(false);
            long position = 0;
            long n;
            do {
                n = file.transferTo(position, size - position, pair.client());
                position += n;
            } while (n > 0);
            assertEquals(0, n);
            assertTrue(position < size, "all of it was sent, but the peer did not read");
            try (Background<byte[]> receiver = Background.start(() -> Streams.readToEnd(pair.peer()))) {
                while (position < size)
                    position += file.transferTo(position, size - position, pair.client());
                pair.client().shutdownOutput();
                assertEquals(Payload.digest(bytes), Payload.digest(receiver.result()));
            }
        }
    }

    @ForEachChannel
    void aChannelThatCannotTakeItRefuses(ChannelKind channel) throws Exception {
        try (SocketChannel unconnected = channel.openClient(); Pair pair = Pair.of(channel);
             FileChannel file = fileOf(new byte[10])) {
            // JDK 17 does not check before it sends
            Exception e = assertThrows(Exception.class, () -> file.transferTo(0, 10, unconnected));
            assertTrue(e instanceof NotYetConnectedException || e instanceof IOException, e::toString);
            pair.client().shutdownOutput();
            assertThrows(IOException.class, () -> file.transferTo(0, 10, pair.client()));
            pair.client().close();
            assertThrows(ClosedChannelException.class, () -> file.transferTo(0, 10, pair.client()));
            assertTrue(file.isOpen());
        }
    }
}
