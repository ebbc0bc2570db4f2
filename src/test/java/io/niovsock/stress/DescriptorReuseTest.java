// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A non-blocking connect races with a close. The number of the closed descriptor goes to the next socket at once. The
 * connect must not bind or connect that socket.
 */
class DescriptorReuseTest {
    private static final int ROUNDS = Machine.rounds(3000);

    @ParameterizedTest
    @EnumSource
    void aConnectLeavesTheNextOwnerOfItsNumberAlone(VsockProtocolFamily family) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(family).bind(ChannelKind.VSOCK.freeEndpoint())) {
            server.configureBlocking(false);
            for (int round = 0; round < ROUNDS; round++) {
                meet(family, server);
                for (SocketChannel accepted; (accepted = server.accept()) != null; )
                    accepted.close();
            }
        }
    }

    private static void meet(VsockProtocolFamily family, ServerSocketChannel server) throws Exception {
        AtomicInteger started = new AtomicInteger(); // not a barrier: it releases the first thread long after the last
        SocketChannel channel = SocketChannel.open(family);
        channel.configureBlocking(false);
        try (Background<Void> connecting = Background.start(() -> connect(started, channel, server))) {
            start(started);
            for (int i = ThreadLocalRandom.current().nextInt(1000); i > 0; i--)
                Thread.onSpinWait();
            channel.close();
            try (SocketChannel next = SocketChannel.open(family)) {
                connecting.result();
                next.bind(ChannelKind.VSOCK.freeEndpoint()); // fails if the socket is bound already
            }
        }
    }

    private static void start(AtomicInteger started) {
        started.incrementAndGet();
        while (started.get() < 2)
            Thread.onSpinWait();
    }

    private static Void connect(AtomicInteger started, SocketChannel channel, ServerSocketChannel server)
        throws Exception {
        SocketAddress where = server.getLocalAddress();
        start(started);
        try {
            channel.connect(where);
        } catch (ClosedChannelException beforeOrMeanwhile) {
            return null;
        }
        return null;
    }
}
