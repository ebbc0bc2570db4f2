// SPDX-License-Identifier: Apache-2.0
package io.niovsock.close;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/**
 * Another thread closes the channel while a file is being sent to a peer that does not read (by sendfile(2) on JDK 17
 * and 21).
 */
class CloseWhileSendingAFileTest {
    private static final long SIZE = 64L << 20; // more than any socket holds

    @ForEachVsockChannel
    void theTransferEnds(ChannelKind channel, @TempDir Path folder) throws Exception {
        try (RandomAccessFile sparse = new RandomAccessFile(folder.resolve("source").toFile(), "rw");
             FileChannel file = sparse.getChannel();
             Pair pair = Pair.of(channel)) {
            sparse.setLength(SIZE);
            try (Background<Boolean> sender = Background.start(() -> sendAll(file, pair))) {
                sender.awaitBlocked();
                pair.client().close();
                assertFalse(sender.result(), "the file was sent whole");
            }
        }
    }

    /** The JDK has been given the descriptor, but no thread can be waiting in a transfer. */
    @ForEachVsockChannel
    void aSelectorThatWaitsIsNotWoken(ChannelKind channel, @TempDir Path folder) throws Exception {
        Path source = Files.writeString(folder.resolve("source"), "sent");
        try (FileChannel file = FileChannel.open(source); Pair pair = Pair.of(channel);
             Selector selector = Selector.open()) {
            assertEquals(4, file.transferTo(0, 4, pair.client()));
            pair.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            try (Background<Integer> waiting = Background.start(() -> selector.select(Machine.PATIENCE.toMillis()))) {
                waiting.awaitBlocked();
                pair.client().close();
                waiting.awaitBlocked(); // fails if the selection has ended
                selector.wakeup();
                assertEquals(0, waiting.result());
            }
        }
    }

    private static boolean sendAll(FileChannel file, Pair pair) {
        try {
            for (long position = 0; position < SIZE; )
                position += file.transferTo(position, SIZE - position, pair.client());
            return true;
        } catch (IOException closedOrBroken) {
            return false;
        }
    }
}
