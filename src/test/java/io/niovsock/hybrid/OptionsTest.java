// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.ChannelKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The options of channels that lead to guests, or hear them: the same as of other vsock channels. */
class OptionsTest {
    @TempDir
    private Path folder;

    /** Every option can be read, unless only another kernel knows it, and set to the value that it has. */
    @SuppressWarnings("unchecked")
    private static void assertUsable(NetworkChannel channel) throws IOException {
        for (SocketOption<?> option : channel.supportedOptions()) {
            Object value = channel.getOption(option);
            if (value == null)
                continue; // it is not set
            channel.setOption((SocketOption<Object>) option, value);
            assertEquals(value, channel.getOption(option), option::name);
        }
    }

    private static void assertSameOptions(Set<SocketOption<?>> expected, NetworkChannel channel) throws IOException {
        assertEquals(expected, channel.supportedOptions());
        assertUsable(channel);
    }

    @ParameterizedTest
    @EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
    void aConnectionHasThoseOfVsock(ChannelKind kind) throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = ChannelKind.VSOCK.listen();
             SocketChannel other = SocketChannel.open(server.getLocalAddress());
             SocketChannel client = kind.openClient()) {
            client.connect(guest.endpoint());
            assertSameOptions(other.supportedOptions(), client);
            client.setOption(VsockSocketOptions.BUFFER_SIZE, 50_000L);
            assertEquals(50_000L, client.getOption(VsockSocketOptions.BUFFER_SIZE));
            client.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(3));
            assertEquals(Duration.ofSeconds(3), client.getOption(VsockSocketOptions.CONNECT_TIMEOUT));
            client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            assertTrue(client.getOption(StandardSocketOptions.SO_KEEPALIVE));
            client.setOption(StandardSocketOptions.SO_RCVBUF, 30_000);
            assertTrue(client.getOption(StandardSocketOptions.SO_RCVBUF) > 0);
        }
    }

    /** Set before the connect, while it is pending, and after it. */
    @Test
    void optionsStayWithTheChannel() throws Exception {
        try (Guest guest = Guest.start(folder); SocketChannel client = SocketChannel.open()) {
            guest.device().script(5001, (host, port, reply) -> { });
            client.setOption(VsockSocketOptions.BUFFER_SIZE, 50_000L);
            client.configureBlocking(false);
            client.connect(guest.endpoint(5001));
            assertEquals(50_000L, client.getOption(VsockSocketOptions.BUFFER_SIZE));
            client.setOption(VsockSocketOptions.BUFFER_SIZE, 40_000L);
            assertUsable(client);
            assertEquals(40_000L, client.getOption(VsockSocketOptions.BUFFER_SIZE));
        }
    }

    @Test
    void aListenerAndItsConnectionsHaveThoseOfVsock() throws Exception {
        try (ServerSocketChannel other = ChannelKind.VSOCK.listen();
             SocketChannel otherClient = SocketChannel.open(other.getLocalAddress());
             SocketChannel otherPeer = other.accept();
             Guest guest = Guest.start(folder); ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(VsockSocketAddress.parse("vsock:host:0"));
            assertSameOptions(other.supportedOptions(), server);
            long port = ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
            try (SocketChannel end = guest.device().connectToHost(port); SocketChannel peer = server.accept()) {
                assertSameOptions(otherPeer.supportedOptions(), peer);
            }
            assertTrue(otherClient.isConnected());
        }
    }
}
