// SPDX-License-Identifier: Apache-2.0
package io.niovsock.selector;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;

import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ManyChannelsTest {
    private static final int CHANNELS = Machine.rounds(1000);

    @ForEachVsockChannel
    void ofAThousandChannelsExactlyThoseAreSelectedThatHaveSomething(ChannelKind channel) throws Exception {
        List<Pair> pairs = new ArrayList<>();
        Random random = new Random(6);
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < CHANNELS; i++) {
                SocketChannel client = channel.openClient();
                if (i % 2 == 0) { // the others register after they have connected
                    client.configureBlocking(false).register(selector, SelectionKey.OP_READ, i);
                }
                pairs.add(Pair.of(channel, client));
                if (i % 2 != 0)
                    client.configureBlocking(false).register(selector, SelectionKey.OP_READ, i);
            }
            assertEquals(0, selector.selectNow());

            for (int round = 0; round < 10; round++) {
                BitSet written = new BitSet();
                for (int i = 0; i < 50; i++) {
                    int index = random.nextInt(CHANNELS);
                    if (!written.get(index))
                        assertEquals(1, pairs.get(index).peer().write(ByteBuffer.wrap(new byte[] { (byte) index })));
                    written.set(index);
                }
                BitSet read = new BitSet();
                while (read.cardinality() < written.cardinality()) {
                    assertTrue(selector.select(Machine.PATIENCE.toMillis()) > 0);
                    for (SelectionKey key : selector.selectedKeys()) {
                        ByteBuffer dst = ByteBuffer.allocate(2);
                        assertEquals(1, ((SocketChannel) key.channel()).read(dst));
                        assertEquals((byte) (int) key.attachment(), dst.get(0));
                        read.set((int) key.attachment());
                    }
                    selector.selectedKeys().clear();
                }
                assertEquals(written, read);
                assertEquals(0, selector.selectNow());
            }

            for (Pair pair : pairs.subList(0, CHANNELS / 2))
                pair.client().close();
            selector.selectNow();
            assertEquals(CHANNELS - CHANNELS / 2, selector.keys().size());
        } finally {
            for (Pair pair : pairs)
                pair.close();
        }
    }
}
