// SPDX-License-Identifier: Apache-2.0
package io.niovsock.thread;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static io.niovsock.testkit.Failures.assertEndedByClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A virtual thread makes a descriptor non-blocking internally. Platform threads must not notice that, and vice versa.
 */
class ThreadKindsTakeTurnsTest {
    private static int read(Pair pair) throws Exception {
        ByteBuffer dst = ByteBuffer.allocate(10);
        int n = pair.client().read(dst);
        return n <= 0 ? n : dst.get(0);
    }

    @ForEachChannel
    void eachBlocksWhateverReadBeforeIt(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            for (int round = 0; round < 3; round++) {
                for (ThreadKind thread : ThreadKind.available()) {
                    try (Background<Integer> reader = Background.start(thread, () -> read(pair))) {
                        reader.awaitBlocked();
                        Streams.write(pair.peer(), "x");
                        assertEquals('x', reader.result());
                    }
                    assertTrue(pair.client().isBlocking());
                }
                pair.client().configureBlocking(false);
                assertEquals(0, read(pair));
                pair.client().configureBlocking(true);
            }
        }
    }

    @ForEachChannel
    void eachBlocksInAcceptWhateverAcceptedBeforeIt(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen()) {
            for (int round = 0; round < 2; round++) {
                for (ThreadKind thread : ThreadKind.available()) {
                    try (Background<SocketChannel> acceptor = Background.start(thread, server::accept);
                         SocketChannel client = channel.openClient()) {
                        acceptor.awaitBlocked();
                        client.connect(server.getLocalAddress());
                        acceptor.result().close();
                    }
                }
            }
        }
    }

    @ForEachChannel
    void aReaderAndAWriterOfDifferentKindsEndTogether(ChannelKind channel) throws Exception {
        for (ThreadKind reading : ThreadKind.available()) {
            for (ThreadKind writing : ThreadKind.available()) {
                try (Pair pair = Pair.of(channel);
                     Background<Integer> writer = Streams.startBlockedWrite(channel, writing, pair.client(),
                         () -> pair.client().write(ByteBuffer.allocate(1)));
                     Background<Integer> reader = Background.start(reading, () -> read(pair))) {
                    reader.awaitBlocked();
                    pair.client().close();
                    reader.failure(AsynchronousCloseException.class);
                    assertEndedByClose(channel, writer);
                }
            }
        }
    }
}
