// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.ThreadKind;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadLocalRandom;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A thread enters a read, or leaves it and ends, while another thread closes the channel or shuts it down. In either
 * order, the read ends, no signal goes to a thread that has ended, and (as after every test) no socket stays open.
 */
class AsynchronousCloseRaceTest {
    private static final int ROUNDS = Machine.rounds(1500);
    private static final int CLOSED = -2;

    @ForEachChannelAndThread
    void aReadEndsHoweverItMeetsTheClose(ChannelKind channel, ThreadKind thread) throws Exception {
        race(channel, thread, false, SocketChannel::close);
    }

    @ForEachChannelAndThread
    void aReadEndsHoweverItMeetsTheShutdown(ChannelKind channel, ThreadKind thread) throws Exception {
        race(channel, thread, false, SocketChannel::shutdownInput);
    }

    @ForEachChannelAndThread
    void aReadThatIsJustLeavingIsLeftAloneByTheClose(ChannelKind channel, ThreadKind thread) throws Exception {
        race(channel, thread, true, SocketChannel::close);
    }

    @ForEachChannelAndThread
    void aReadThatIsJustLeavingIsLeftAloneByTheShutdown(ChannelKind channel, ThreadKind thread) throws Exception {
        race(channel, thread, true, SocketChannel::shutdownInput);
    }

    private interface End {
        void of(SocketChannel channel) throws Exception;
    }

    /** @param leaving whether a byte is there, so that the read ends by itself */
    private static void race(ChannelKind kind, ThreadKind thread, boolean leaving, End end) throws Exception {
        try (ServerSocketChannel server = kind.listen()) {
            for (int round = 0; round < ROUNDS; round++) {
                SocketChannel client = kind.openClient();
                client.connect(server.getLocalAddress());
                try (Pair pair = new Pair(client, server.accept())) {
                    if (leaving)
                        pair.peer().write(ByteBuffer.allocate(1));
                    CyclicBarrier start = new CyclicBarrier(2);
                    try (Background<Integer> reader = Background.start(thread, () -> readAtOnce(start, client))) {
                        start.await();
                        for (int i = ThreadLocalRandom.current().nextInt(3000); i > 0; i--)
                            Thread.onSpinWait();
                        end.of(client);
                        int result = reader.result();
                        assertTrue(result == CLOSED || result == -1 || leaving && result == 1, "a read gave " + result);
                    }
                }
            }
        }
    }

    private static int readAtOnce(CyclicBarrier start, SocketChannel channel) throws Exception {
        start.await();
        try {
            return channel.read(ByteBuffer.allocateDirect(1));
        } catch (ClosedChannelException beforeOrMeanwhile) {
            return CLOSED;
        }
    }
}
