// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.internal.tool.SplicePipe;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import static org.junit.jupiter.api.Assertions.assertEquals;

class SplicePipeTest {
    @ForEachChannel
    void bytesPassThroughItAndThenTheEnd(ChannelKind channel) throws Exception {
        try (Pair from = Pair.of(channel); Pair to = Pair.of(channel); SplicePipe pipe = new SplicePipe()) {
            Streams.write(from.client(), "bytes");
            from.client().shutdownOutput();
            from.peer().configureBlocking(false);
            to.client().configureBlocking(false);
            Await.until(() -> "no bytes came", () -> pipe.fillFrom(from.peer()) > 0);
            assertEquals(5, pipe.drainTo(to.client()));
            assertEquals("bytes", Streams.readText(to.peer(), 5));
            Await.until(() -> "no end came", () -> pipe.fillFrom(from.peer()) == SplicePipe.READ_CHANNEL);
            Streams.assertEnd(from.peer());
        }
    }

    /** Linux forgets the end then. */
    @ForEachChannel
    void afterAShutdownThatFollowsTheEndTheChannelIsLeftToReadIt(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); SplicePipe pipe = new SplicePipe()) {
            pair.client().close();
            Streams.assertEnd(pair.peer());
            pair.peer().shutdownOutput();
            pair.peer().configureBlocking(false);
            assertEquals(SplicePipe.READ_CHANNEL, pipe.fillFrom(pair.peer()));
            Streams.assertEnd(pair.peer());
        }
    }
}
