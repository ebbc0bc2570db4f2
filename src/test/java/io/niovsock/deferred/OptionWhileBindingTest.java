// SPDX-License-Identifier: Apache-2.0
package io.niovsock.deferred;

import io.niovsock.VsockPeers;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;

import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.CyclicBarrier;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** An option that one thread sets while a bind of another thread decides what the channel becomes. */
class OptionWhileBindingTest {
    private static final int ROUNDS = Machine.rounds(3000);

    @Test
    void theValueThatWasSetLastHolds() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            CyclicBarrier start = new CyclicBarrier(2);
            try (ServerSocketChannel listener = ServerSocketChannel.open()) {
                listener.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.ANY);
                try (Background<Object> bind = Background.start(() -> {
                    start.await();
                    return listener.bind(VsockSocketAddress.local(VsockSocketAddress.PORT_ANY));
                })) {
                    start.await();
                    listener.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
                    bind.result();
                }
                assertEquals(VsockPeers.HOST, listener.getOption(VsockSocketOptions.ACCEPT_FROM));
            }
        }
    }
}
