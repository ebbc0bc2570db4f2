// SPDX-License-Identifier: Apache-2.0
package io.niovsock.close;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Pair;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

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
