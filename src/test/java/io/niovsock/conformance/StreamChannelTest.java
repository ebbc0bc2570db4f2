// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Pair;

import java.util.Arrays;
import java.util.stream.Stream;

/** Channels in blocking mode. */
class StreamChannelTest extends ConnectionContract {
    @Override
    Stream<Way> ways() {
        return Arrays.stream(ChannelKind.values()).map(kind -> new Way(kind.name(), () -> {
            Pair pair = Pair.of(kind);
            return new Ends(new StreamEnd(pair.client()), new StreamEnd(pair.peer()));
        }));
    }
}
