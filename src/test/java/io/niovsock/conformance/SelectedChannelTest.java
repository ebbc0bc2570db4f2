// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Pair;

import java.util.Arrays;
import java.util.stream.Stream;

/** Channels in non-blocking mode, with selectors. */
class SelectedChannelTest extends TimedContract implements RepeatedReadContract {
    @Override
    Stream<Way> ways() {
        return Arrays.stream(ChannelKind.values()).map(kind -> new Way(kind.name(), () -> {
            Pair pair = Pair.of(kind);
            return new Ends(new SelectedEnd(pair.client()), new SelectedEnd(pair.peer()));
        }));
    }
}
