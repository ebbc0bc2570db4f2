// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import io.niovsock.testkit.ChildJvm;
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

    static final class Opening {
        public static void main(String[] kinds) throws IOException {
            switch (kinds[0]) {
                case "stream" -> SocketChannel.open().close();
                case "listener" -> ServerSocketChannel.open().close();
                default -> DatagramChannel.open().close();
            }
        }
    }

    /** Nor a vsock channel, since it may become TCP. */
    @ParameterizedTest
    @CsvSource({ "stream, DeferredSocketChannel", "listener, DeferredServerSocketChannel",
        "datagrams, DeferredDatagramChannel" })
    void anUndecidedChannelLoadsNoOtherKind(String kind, String channel) throws Exception {
        String lines = ChildJvm.of(Opening.class).arguments(kind).option("-Xlog:class+load").run().succeeded().text();
        Set<String> loaded = CHANNEL.matcher(lines).results().map(MatchResult::group)
            .map(text -> text.strip().replaceFirst(".*\\.", "")).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(channel), loaded);
    }
}
