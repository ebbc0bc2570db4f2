// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Set;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SocketOptionsTest {
    /** Much code sets these by habit, before or after the connect. */
    @ForEachChannel
    void theOptionsOfTcpAreTakenAndRemembered(ChannelKind channel) throws Exception {
        SocketChannel unconnected = channel.openClient();
        setAll(unconnected, true);
        assertAll(unconnected, true);
        try (Pair pair = Pair.of(channel, unconnected)) {
            assertAll(pair.client(), true);
            setAll(pair.client(), false);
            assertAll(pair.client(), false);
            setAll(pair.peer(), true);
            assertAll(pair.peer(), true);
            Streams.assertConnected(pair);
        }
    }

    private static void setAll(SocketChannel channel, boolean on) throws Exception {
        assertSame(channel, channel.setOption(StandardSocketOptions.TCP_NODELAY, on));
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, on);
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, on);
        channel.setOption(StandardSocketOptions.SO_LINGER, on ? 3 : -1);
        channel.setOption(StandardSocketOptions.IP_TOS, on ? 8 : 0);
    }

    private static void assertAll(SocketChannel channel, boolean on) throws Exception {
        assertEquals(on, channel.getOption(StandardSocketOptions.TCP_NODELAY));
        assertEquals(on, channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
        assertEquals(on, channel.getOption(StandardSocketOptions.SO_REUSEADDR));
        assertEquals(on ? 3 : -1, channel.getOption(StandardSocketOptions.SO_LINGER));
        assertEquals(on ? 8 : 0, channel.getOption(StandardSocketOptions.IP_TOS));
    }

    @ForEachChannel
    void whatIsNotSetIsAsThePlatformHasIt(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); Pair reference = Pair.of(ChannelKind.JDK_TCP);
             ServerSocketChannel server = channel.listen();
             ServerSocketChannel referenceServer = ChannelKind.JDK_TCP.listen()) {
            for (SocketOption<?> option : Set.of(StandardSocketOptions.TCP_NODELAY, StandardSocketOptions.SO_KEEPALIVE,
                StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_LINGER, StandardSocketOptions.IP_TOS))
                assertEquals(reference.client().getOption(option), pair.client().getOption(option), option::toString);
            assertEquals(referenceServer.getOption(StandardSocketOptions.SO_REUSEADDR),
                server.getOption(StandardSocketOptions.SO_REUSEADDR));
        }
    }

    @ForEachChannel
    void everySupportedOptionCanBeRead(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); ServerSocketChannel server = channel.listen()) {
            for (SocketOption<?> option : pair.client().supportedOptions())
                if (!option.name().equals("SO_INCOMING_NAPI_ID") && !option.name().equals("TCP_QUICKACK"))
                    assertTrue(option.type().isInstance(pair.client().getOption(option)), option::toString);
            for (SocketOption<?> option : server.supportedOptions())
                assertTrue(option.type().isInstance(server.getOption(option)), option::toString);
            assertTrue(pair.client().supportedOptions().containsAll(Set.of(StandardSocketOptions.SO_RCVBUF,
                StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.TCP_NODELAY, StandardSocketOptions.SO_KEEPALIVE,
                StandardSocketOptions.SO_LINGER, StandardSocketOptions.SO_REUSEADDR)));
            assertFalse(pair.client().supportedOptions().contains(null));
            assertFalse(server.supportedOptions().contains(null));
            try (SocketChannel fresh = channel.openClient()) {
                assertFalse(fresh.supportedOptions().contains(null));
            }
            assertTrue(server.supportedOptions()
                .containsAll(Set.of(StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR)));
        }
    }

    @ForEachVsockChannel
    void theOptionsOfVsockAreThere(ChannelKind channel) throws Exception {
        Set<SocketOption<?>> vsock = Set.of(VsockSocketOptions.BUFFER_SIZE, VsockSocketOptions.BUFFER_MIN_SIZE,
            VsockSocketOptions.BUFFER_MAX_SIZE, VsockSocketOptions.CONNECT_TIMEOUT);
        try (Pair pair = Pair.of(channel); ServerSocketChannel server = channel.listen()) {
            assertTrue(pair.client().supportedOptions().containsAll(vsock));
            assertTrue(pair.peer().supportedOptions().containsAll(vsock));
            assertTrue(server.supportedOptions().containsAll(vsock));
        }
    }

    @ForEachChannel
    void valuesOutOfRangeAreRefused(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertFails(IllegalArgumentException.class,
                () -> pair.client().setOption(StandardSocketOptions.SO_RCVBUF, -1));
            assertFails(IllegalArgumentException.class,
                () -> pair.client().setOption(StandardSocketOptions.SO_SNDBUF, -1));
            assertFails(IllegalArgumentException.class,
                () -> pair.client().setOption(StandardSocketOptions.IP_TOS, 256));
            assertFails(IllegalArgumentException.class,
                () -> pair.client().setOption(StandardSocketOptions.IP_TOS, -1));
            assertFails(IllegalArgumentException.class,
                () -> pair.client().setOption(StandardSocketOptions.TCP_NODELAY, null));
            pair.client().setOption(StandardSocketOptions.SO_LINGER, 100_000);
            assertEquals(65535, pair.client().getOption(StandardSocketOptions.SO_LINGER), "the limit");
            assertTrue(pair.client().isOpen());
        }
    }

    @ForEachVsockChannel
    void aRefusedValueIsInTheMessage(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertNames("-2", () -> pair.client().setOption(VsockSocketOptions.BUFFER_SIZE, -2L));
            assertNames("-2", () -> pair.client().setOption(StandardSocketOptions.SO_RCVBUF, -2));
            assertNames("256", () -> pair.client().setOption(StandardSocketOptions.IP_TOS, 256));
            assertNames("PT-1S", () -> pair.client()
                .setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(-1)));
        }
    }

    private static void assertNames(String value, org.junit.jupiter.api.function.Executable call) {
        String message = assertFails(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(value), message);
    }

    @ForEachChannel
    void anOptionOfAnotherKindOfSocketIsRefused(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); ServerSocketChannel server = channel.listen()) {
            assertFails(UnsupportedOperationException.class,
                () -> pair.client().setOption(StandardSocketOptions.SO_BROADCAST, true));
            assertFails(UnsupportedOperationException.class,
                () -> pair.client().getOption(StandardSocketOptions.IP_MULTICAST_TTL));
            assertFails(UnsupportedOperationException.class,
                () -> server.setOption(StandardSocketOptions.TCP_NODELAY, true));
            assertFails(UnsupportedOperationException.class, () -> server.getOption(StandardSocketOptions.SO_LINGER));
            assertFails(NullPointerException.class, () -> pair.client().getOption((SocketOption<?>) null));
        }
    }

    @ForEachVsockChannel
    void theReceiveBufferIsTheWindowOfVsock(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertNotNull(pair.client().getOption(StandardSocketOptions.SO_SNDBUF));
            pair.client().setOption(StandardSocketOptions.SO_RCVBUF, 50_000);
            assertEquals(50_000, pair.client().getOption(StandardSocketOptions.SO_RCVBUF));
            assertEquals(50_000L, pair.client().getOption(VsockSocketOptions.BUFFER_SIZE));
            int large = 3 << 20;
            pair.client().setOption(StandardSocketOptions.SO_RCVBUF, large);
            assertEquals(large, pair.client().getOption(StandardSocketOptions.SO_RCVBUF),
                "the maximum was raised for it");
            assertEquals((long) large, pair.client().getOption(VsockSocketOptions.BUFFER_MAX_SIZE));
            Streams.assertConnected(pair);
        }
    }

    @ForEachVsockChannel
    void acceptedConnectionsInheritTheOptionsOfVsock(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.openServer(); SocketChannel client = channel.openClient()) {
            server.setOption(StandardSocketOptions.SO_RCVBUF, 100_000);
            server.setOption(VsockSocketOptions.BUFFER_MAX_SIZE, 500_000L);
            server.setOption(VsockSocketOptions.BUFFER_MIN_SIZE, 256L);
            server.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(7));
            server.bind(channel.freeEndpoint());
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept()) {
                assertEquals(100_000L, peer.getOption(VsockSocketOptions.BUFFER_SIZE));
                assertEquals(500_000L, peer.getOption(VsockSocketOptions.BUFFER_MAX_SIZE));
                assertEquals(256L, peer.getOption(VsockSocketOptions.BUFFER_MIN_SIZE));
                assertEquals(Duration.ofSeconds(7), peer.getOption(VsockSocketOptions.CONNECT_TIMEOUT));
                Streams.assertConnected(new Pair(client, peer));
            }
        }
    }

    @ForEachVsockChannel
    void theKernelsConnectTimeoutCanBeSet(ChannelKind channel) throws Exception {
        SocketChannel client = channel.openClient();
        client.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofMillis(12_340));
        try (Pair pair = Pair.of(channel, client)) {
            Duration inForce = client.getOption(VsockSocketOptions.CONNECT_TIMEOUT);
            assertTrue(inForce.toMillis() >= 12_340 && inForce.toMillis() < 12_400, inForce::toString); // in ticks
            client.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ZERO);
            assertEquals(Duration.ofSeconds(2), client.getOption(VsockSocketOptions.CONNECT_TIMEOUT));
            client.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofDays(365_000));
            assertEquals(Duration.ofDays(365_000), client.getOption(VsockSocketOptions.CONNECT_TIMEOUT));
            assertFails(IllegalArgumentException.class,
                () -> client.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(Long.MAX_VALUE)));
            Streams.assertConnected(pair);
        }
    }

    /** The kernel's clamping of sizes (Linux 6.1); the emulated transport clamps in the same way. */
    @ForEachVsockChannel
    void sizesAreClampedAsTheKernelDoes(ChannelKind channel) throws Exception {
        long kib = 1024;
        try (Pair pair = Pair.of(channel)) {
            SocketChannel client = pair.client();
            assertSizes(client, 256 * kib, 128, 256 * kib);
            client.setOption(VsockSocketOptions.BUFFER_SIZE, 1L);
            assertSizes(client, 128, 128, 256 * kib);
            client.setOption(VsockSocketOptions.BUFFER_SIZE, 1024 * kib);
            assertSizes(client, 256 * kib, 128, 256 * kib);
            client.setOption(VsockSocketOptions.BUFFER_MAX_SIZE, 1024 * kib);
            assertSizes(client, 256 * kib, 128, 1024 * kib);
            client.setOption(VsockSocketOptions.BUFFER_SIZE, 1024 * kib);
            assertSizes(client, 1024 * kib, 128, 1024 * kib);
            client.setOption(VsockSocketOptions.BUFFER_MAX_SIZE, 64 * kib);
            assertSizes(client, 64 * kib, 128, 64 * kib);
            client.setOption(VsockSocketOptions.BUFFER_MIN_SIZE, 100 * kib); // above the maximum, which limits it
            assertSizes(client, 64 * kib, 100 * kib, 64 * kib);
            client.setOption(VsockSocketOptions.BUFFER_MIN_SIZE, 10L);
            assertSizes(client, 64 * kib, 10, 64 * kib);
            Streams.assertConnected(pair);
        }
    }

    private static void assertSizes(SocketChannel channel, long size, long min, long max) throws Exception {
        assertEquals(List.of(size, min, max), List.of(channel.getOption(VsockSocketOptions.BUFFER_SIZE),
            channel.getOption(VsockSocketOptions.BUFFER_MIN_SIZE),
                channel.getOption(VsockSocketOptions.BUFFER_MAX_SIZE)));
    }

    @ForEachVsockChannel
    void whatOnlyVmwaresStackHasIsRefused(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); ServerSocketChannel server = channel.listen()) {
            for (SocketOption<?> option : List.of(VsockSocketOptions.PEER_HOST_VM_ID, VsockSocketOptions.TRUSTED,
                VsockSocketOptions.NONBLOCK_TXRX)) {
                String message = assertFails(UnsupportedOperationException.class, () -> pair.client().getOption(option))
                    .getMessage();
                assertTrue(message.contains(option.name()) && message.contains("VMware"), message);
                assertFalse(pair.client().supportedOptions().contains(option), option::toString);
                assertFalse(server.supportedOptions().contains(option), option::toString);
            }
            assertFails(UnsupportedOperationException.class,
                () -> pair.client().setOption(VsockSocketOptions.TRUSTED, true));
            assertFails(UnsupportedOperationException.class,
                () -> pair.client().setOption(VsockSocketOptions.NONBLOCK_TXRX, true));
        }
    }
}
