// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.ProtocolFamily;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The effects of having the library on this JVM's class path. */
class InstalledProviderTest {
    private static void assertPlatforms(Object channelOrSelector) {
        String name = channelOrSelector.getClass().getName();
        assertTrue(name.startsWith("sun.nio.ch."), name);
    }

    private static void assertOurs(Object channel) {
        String name = channel.getClass().getName();
        assertTrue(name.startsWith("io.niovsock."), name);
    }

    @Test
    void theServiceLoaderHasFoundIt() {
        assertInstanceOf(VsockSelectorProvider.class, SelectorProvider.provider());
        assertSame(SelectorProvider.provider(), VsockSelectorProvider.instance());
        assertSame(VsockSelectorProvider.instance(), VsockSelectorProvider.instance());
    }

    @Test
    void selectorsAndPipesAreThePlatforms() throws Exception {
        try (Selector selector = Selector.open()) {
            assertPlatforms(selector);
        }
        Pipe pipe = Pipe.open();
        try (Pipe.SourceChannel source = pipe.source(); Pipe.SinkChannel sink = pipe.sink()) {
            assertPlatforms(source);
            assertPlatforms(sink);
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "INET", "INET6", "UNIX" })
    void channelsOfAStandardFamilyAreThePlatforms(StandardProtocolFamily family) throws Exception {
        try (SocketChannel client = SocketChannel.open(family);
             ServerSocketChannel server = ServerSocketChannel.open(family)) {
            assertPlatforms(client);
            assertPlatforms(server);
        }
        if (family != StandardProtocolFamily.UNIX) {
            try (DatagramChannel datagrams = DatagramChannel.open(family)) {
                assertPlatforms(datagrams);
            }
        }
    }

    @Test
    void aUnixDomainAddressOpensAChannelOfThePlatforms(@TempDir Path folder) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
             SocketChannel client = SocketChannel.open(address); SocketChannel peer = server.accept()) {
            assertPlatforms(client);
            assertPlatforms(peer);
        }
    }

    @ForEachChannel
    void aChannelKnowsItsProvider(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient(); ServerSocketChannel server = channel.openServer()) {
            if (channel == ChannelKind.JDK_TCP) {
                assertNotSame(SelectorProvider.provider(), client.provider());
                return;
            }
            assertOurs(client);
            assertOurs(server);
            assertSame(SelectorProvider.provider(), client.provider());
            assertSame(SelectorProvider.provider(), server.provider());
        }
    }

    /** TCP stays the platform's, including the class of accepted connections. */
    @Test
    void whatATcpServerAcceptsIsThePlatforms() throws Exception {
        try (ServerSocketChannel server = ChannelKind.TCP.listen();
             SocketChannel client = SocketChannel.open(server.getLocalAddress());
             SocketChannel peer = server.accept()) {
            assertPlatforms(peer);
            assertTrue(client.isConnected());
        }
    }

    /** Programs open channels with the provider of an existing channel. */
    @Test
    void selectorsAndPipesKnowTheirProvider() throws Exception {
        try (Selector selector = Selector.open()) {
            assertSame(SelectorProvider.provider(), selector.provider());
        }
        Pipe pipe = Pipe.open();
        try (Pipe.SourceChannel source = pipe.source(); Pipe.SinkChannel sink = pipe.sink()) {
            assertSame(SelectorProvider.provider(), source.provider());
            assertSame(SelectorProvider.provider(), sink.provider());
        }
    }

    @ForEachChannel
    void anAcceptedChannelKnowsItsProvider(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept()) {
                assertSame(server.provider(), peer.provider());
                assertSame(server.provider(), peer.socket().getChannel().provider());
            }
        }
    }

    @ForEachChannel
    void whatAServerSocketAcceptsKnowsItsProvider(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen(); SocketChannel client = channel.openClient()) {
            client.connect(server.getLocalAddress());
            try (Socket peer = server.socket().accept()) {
                assertSame(server.provider(), peer.getChannel().provider());
            }
        }
    }

    @Test
    void aFamilyThatNobodyKnowsIsRefused() {
        ProtocolFamily unknown = () -> "UNKNOWN";
        assertFails(UnsupportedOperationException.class, () -> SocketChannel.open(unknown));
        assertFails(UnsupportedOperationException.class, () -> ServerSocketChannel.open(unknown));
        assertFails(UnsupportedOperationException.class, () -> DatagramChannel.open(unknown));
    }

    @Test
    void nullIsNoFamily() {
        assertFails(NullPointerException.class, () -> SocketChannel.open((ProtocolFamily) null));
        assertFails(NullPointerException.class, () -> ServerSocketChannel.open(null));
        assertFails(NullPointerException.class, () -> DatagramChannel.open(null));
    }

    @ParameterizedTest
    @EnumSource
    void theFamiliesOfVsockOpenStreams(VsockProtocolFamily family) throws Exception {
        try (SocketChannel client = SocketChannel.open(family);
             ServerSocketChannel server = ServerSocketChannel.open(family)) {
            assertOurs(client);
            assertOurs(server);
        }
    }

    @Test
    void nothingIsInherited() throws Exception {
        assertNull(SelectorProvider.provider().inheritedChannel());
        assertEquals(System.inheritedChannel(), SelectorProvider.provider().inheritedChannel());
    }
}
