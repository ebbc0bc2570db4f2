// SPDX-License-Identifier: Apache-2.0
package io.niovsock.deferred;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;

import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CyclicBarrier;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * An interrupted thread accepts on an undecided channel while another thread binds it to vsock. The interrupt closes
 * the whole channel or nothing, but never only the number of an open channel.
 */
class InterruptWhileDecidingTest {
    @Test
    void anAcceptClosesTheWholeChannelOrNothing() throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        for (int round = 0; round < Machine.rounds(3000); round++) {
            try (ServerSocketChannel server = ServerSocketChannel.open()) {
                server.supportedOptions(); // opens the platform's channel, whose number the decision takes over
                try (Background<SocketChannel> interrupted = Background.start(() -> {
                    start.await();
                    Thread.currentThread().interrupt();
                    return server.accept();
                })) {
                    start.await();
                    boolean bound = tryBind(server);
                    assertInstanceOf(Exception.class, interrupted.failure()); // not bound yet, or closed by it
                    assertTrue(bound || !server.isOpen(), "open, but refuses an address");
                }
                if (server.isOpen())
                    assertWorks(server);
            }
        }
    }

    private static boolean tryBind(ServerSocketChannel server) throws Exception {
        try {
            server.bind(ChannelKind.VSOCK.freeEndpoint());
            return true;
        } catch (ClosedChannelException byTheInterrupt) {
            return false;
        }
    }

    private static void assertWorks(ServerSocketChannel server) throws Exception {
        try (SocketChannel client = ChannelKind.VSOCK.openClient()) {
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept()) {
                Streams.assertConnected(new Pair(client, peer));
            }
        }
    }
}
