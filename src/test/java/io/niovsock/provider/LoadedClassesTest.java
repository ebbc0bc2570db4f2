// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What a program loads to start: each class of a jar costs it more than half a millisecond. */
class LoadedClassesTest {
    private static final Pattern CHANNEL =
        Pattern.compile("io\\.niovsock\\.internal\\.(?:channel|deferred)\\.((?:Vsock|Deferred)\\w*Channel) ");
    private static final Pattern CONNECT = Pattern.compile("io\\.niovsock\\.internal\\.channel\\.\\w+Connect ");
    private static final Pattern ADDRESS = Pattern.compile("io\\.niovsock\\.internal\\.address\\.\\S+ ");
    private static final Pattern PLATFORMS_CHANNEL = Pattern.compile("sun\\.nio\\.ch\\.(?!File)\\w+ChannelImpl ");
    private static final Pattern TRANSPORT = Pattern.compile("io\\.niovsock\\.internal\\.transport\\.\\S+ ");

    static final class Opening {
        public static void main(String[] kinds) throws IOException {
            switch (kinds[0]) {
                case "stream" -> SocketChannel.open().close();
                case "listener" -> ServerSocketChannel.open().close();
                case "vsock" -> SocketChannel.open(VsockProtocolFamily.VSOCK).close();
                default -> DatagramChannel.open().close();
            }
        }
    }

    /** Nor a vsock channel, since it may become TCP. */
    @ParameterizedTest
    @CsvSource({ "stream, DeferredSocketChannel", "listener, DeferredServerSocketChannel",
        "datagrams, DeferredDatagramChannel" })
    void anUndecidedChannelLoadsNoOtherKind(String kind, String channel) throws Exception {
        assertEquals(Set.of(channel), loaded(CHANNEL, "emulated", kind));
    }

    /** Nor a transport, unless it is needed for the settings: the kernel's has none. Nor the texts of rules. */
    @Test
    void anUndecidedChannelLoadsNoTransport() throws Exception {
        assertEquals(Set.of("Transport", "AttachedGuests"), loaded(TRANSPORT, "kernel", "stream"));
        assertEquals(Set.of("AddressResolver", "AddressRules", "AcceptRules"), loaded(ADDRESS, "kernel", "stream"));
    }

    /** One that is not connected: nothing of other transports, connects, guests or machines of the test kit. */
    @Test
    void aVsockChannelLoadsItsOwnTransportOnly() throws Exception {
        assertEquals(Set.of("VsockChannel", "VsockSocketChannel"), loaded(CHANNEL, "emulated", "vsock"));
        assertEquals(Set.of(), loaded(CONNECT, "emulated", "vsock"));
        assertEquals(Set.of("Transport", "AttachedGuests", "UnixTransport", "EmulatedTransport", "TransportOptions"),
            loaded(TRANSPORT, "emulated", "vsock"));
    }

    /** The two that stand for closed channels; none of datagrams and pipes. */
    @Test
    void aVsockChannelLoadsFewOfThePlatforms() throws Exception {
        assertEquals(Set.of("SocketChannelImpl", "ServerSocketChannelImpl"),
            loaded(PLATFORMS_CHANNEL, "emulated", "vsock"));
    }

    private static Set<String> loaded(Pattern classes, String transport, String kind) throws Exception {
        String lines = ChildJvm.of(Opening.class).property("io.niovsock.transport", transport).arguments(kind)
            .option("-Xlog:class+load").run().succeeded().text();
        return classes.matcher(lines).results().map(MatchResult::group)
            .map(text -> text.strip().replaceFirst(".*\\.", "")).collect(Collectors.toCollection(TreeSet::new));
    }
}
