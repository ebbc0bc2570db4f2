// SPDX-License-Identifier: Apache-2.0
package io.niovsock.endpoint;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static io.niovsock.VsockSocketOptions.TO_HOST;
import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The flag of vsock addresses that connects through the host; here it is an option of the channel. */
class ToHostTest {
    @Test
    void aNewSocketDoesNotGoByWayOfTheHost() throws Exception {
        try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
            assertTrue(channel.supportedOptions().contains(TO_HOST));
            assertFalse(channel.getOption(TO_HOST));
            assertTrue(channel.setOption(TO_HOST, true).getOption(TO_HOST));
            assertFalse(channel.setOption(TO_HOST, false).getOption(TO_HOST));
        }
    }

    @Test
    void aListenerHasNoSuchWish() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(VsockProtocolFamily.VSOCK)) {
            assertFails(UnsupportedOperationException.class, () -> server.setOption(TO_HOST, true));
        }
    }

    /** The kernel got the flag with the address, and reports it with the peer's. */
    @ForEachVsockChannel
    void aConnectionTellsWhatTheKernelWasGiven(ChannelKind kind) throws Exception {
        try (ServerSocketChannel server = kind.listen()) {
            for (boolean toHost : new boolean[] { true, false }) {
                try (SocketChannel client = kind.openClient().setOption(TO_HOST, toHost)) {
                    client.connect(server.getLocalAddress());
                    assertEquals(toHost, client.getOption(TO_HOST));
                    try (SocketChannel peer = server.accept()) {
                        assertFalse(peer.getOption(TO_HOST));
                    }
                }
            }
        }
    }

    /** Setting the option too late has no effect, and getOption does not claim one. */
    @ForEachVsockChannel
    void aWishAfterTheConnectIsNotInForce(ChannelKind kind) throws Exception {
        try (ServerSocketChannel server = kind.listen(); SocketChannel client = kind.openClient()) {
            client.connect(server.getLocalAddress());
            client.setOption(TO_HOST, true);
            assertEquals(Machine.isEmulated(), client.getOption(TO_HOST));
        }
    }

    @Test
    void whereThereIsNoHostNobodyIsReached() throws Exception {
        try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
            channel.setOption(TO_HOST, true);
            IOException refused = assertThrows(IOException.class,
                () -> channel.connect(VsockSocketAddress.of(4242, 5000)));
            assertEquals(!Machine.isEmulated(), refused.getMessage()
                .contains("with TO_HOST: this machine has no transport to a host"), refused.toString());
        }
    }
}
