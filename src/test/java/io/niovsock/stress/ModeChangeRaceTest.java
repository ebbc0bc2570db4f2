// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A channel becomes blocking while a thread begins an operation. That thread then blocks, and a close finds it. */
class ModeChangeRaceTest {
    private static final int ROUNDS = Machine.rounds(1000);

    @ForEachVsockChannel
    void aCloseFindsWhoBlocksSinceTheModeHasChanged(ChannelKind channel) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            try (ServerSocketChannel server = channel.listen()) {
                server.configureBlocking(false);
                try (Background<SocketChannel> accepting = Background.start(() -> acceptAgainAndAgain(server))) {
                    server.configureBlocking(true);
                    accepting.awaitBlocked();
                    server.close();
                    accepting.failure(AsynchronousCloseException.class);
                }
            }
        }
    }

    private static SocketChannel acceptAgainAndAgain(ServerSocketChannel server) throws Exception {
        SocketChannel accepted;
        do
            accepted = server.accept();
        while (accepted == null);
        return accepted;
    }
}
