// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Pair;

import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.stream.Stream;

/** The sockets that channels return from {@code socket()}. */
class AdaptorTest extends TimedReadContract implements RepeatedReadContract {
    @Override
    Stream<Way> ways() {
        return Arrays.stream(ChannelKind.values()).map(kind -> new Way(kind.name(), () -> {
            Pair pair = Pair.of(kind);
            return new Ends(endOf(pair.client()), endOf(pair.peer()));
        }));
    }

    private static SocketEnd endOf(SocketChannel channel) {
        return new SocketEnd(channel.socket(), ClosedChannelException.class);
    }
}
