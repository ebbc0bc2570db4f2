// SPDX-License-Identifier: Apache-2.0
package io.niovsock.deferred;

import io.niovsock.internal.jdk.Descriptors;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.OpenSockets;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A selector knows descriptors by number. The number of a closed channel is not free until the selector has
 * deregistered it.
 */
class CloseWhileRegisteredTest {
    private static void assertHeldUntilSelected(Selector selector, SelectionKey key, SocketChannel channel)
        throws Exception {
        int number = Descriptors.numberOf(channel);
        channel.close();
        assertFalse(channel.isOpen());
        assertFalse(key.isValid());
        assertTrue(OpenSockets.now().containsKey(number), "the descriptor waits for the selector");
        try (SocketChannel next = SocketChannel.open()) {
            assertNotEquals(number, Descriptors.numberOf(next));
        }
        selector.selectNow();
        assertFalse(OpenSockets.now().containsKey(number), "the selector has let it go");
        assertEquals(0, selector.keys().size());
        assertFalse(channel.isRegistered());
    }

    @ForEachChannel
    void aConnectedChannelIsReleasedByTheNextSelection(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); Selector selector = Selector.open()) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            selector.selectNow();
            assertHeldUntilSelected(selector, key, pair.client());
            Streams.assertEnd(pair.peer());
        }
    }

    @ForEachChannel
    void aChannelWithoutAConnectionToo(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient(); Selector selector = Selector.open()) {
            SelectionKey key = client.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT);
            selector.selectNow();
            assertHeldUntilSelected(selector, key, client);
        }
    }

    @ForEachChannel
    void thePeerLearnsOfTheCloseAtOnce(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); Selector selector = Selector.open()) {
            pair.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            selector.selectNow();
            pair.client().close();
            Streams.assertEnd(pair.peer()); // no selection has happened since
        }
    }

    /** The same, if the selector had not yet processed a cancelled key when the address decided. */
    @ForEachChannel
    void thePeerLearnsOfItAfterAnEarlierRegistrationToo(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient(); Selector selector = Selector.open()) {
            client.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT).cancel();
            client.configureBlocking(true);
            try (Pair pair = Pair.of(channel, client)) {
                selector.selectNow();
                client.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                selector.selectNow();
                client.close();
                Streams.assertEnd(pair.peer());
            }
        }
    }

    @ForEachChannel
    void closingTheSelectorReleasesToo(ChannelKind channel) throws Exception {
        Selector selector = Selector.open();
        try (Pair pair = Pair.of(channel)) {
            pair.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            int number = Descriptors.numberOf(pair.client());
            pair.client().close();
            selector.close();
            assertFalse(OpenSockets.now().containsKey(number));
        } finally {
            selector.close();
        }
    }

    @ForEachChannel
    void withSeveralSelectorsTheLastOneReleases(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); Selector first = Selector.open(); Selector last = Selector.open()) {
            pair.client().configureBlocking(false).register(first, SelectionKey.OP_READ);
            pair.client().register(last, 0);
            int number = Descriptors.numberOf(pair.client());
            pair.client().close();
            first.selectNow();
            assertTrue(OpenSockets.now().containsKey(number));
            last.selectNow();
            assertFalse(OpenSockets.now().containsKey(number));
        }
    }

    @ForEachChannel
    void aServerIsReleasedToo(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen(); Selector selector = Selector.open()) {
            server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            selector.selectNow();
            int number = Descriptors.numberOf(server);
            server.close();
            assertTrue(OpenSockets.now().containsKey(number));
            selector.selectNow();
            assertFalse(OpenSockets.now().containsKey(number));
        }
    }

    @ForEachChannel
    void aSelectorThatWaitsIsNotWokenButLetsGoWhenItIs(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); Selector selector = Selector.open()) {
            pair.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            int number = Descriptors.numberOf(pair.client());
            try (Background<Integer> waiting = Background.start(() -> selector.select(Machine.PATIENCE.toMillis()))) {
                waiting.awaitBlocked();
                pair.client().close();
                waiting.awaitBlocked(); // fails if the selection has ended
                selector.wakeup();
                assertEquals(0, waiting.result());
            }
            assertFalse(OpenSockets.now().containsKey(number));
            assertEquals(0, selector.keys().size());
        }
    }

    /**
     * The key is cancelled and the channel blocks again. Until its next selection, the selector still knows the number.
     */
    @ForEachChannel
    void aCancelledKeyHoldsTheDescriptorOfABlockingChannelToo(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); Selector selector = Selector.open()) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            selector.selectNow();
            key.cancel();
            pair.client().configureBlocking(true);
            assertHeldUntilSelected(selector, key, pair.client());
        }
    }

    @ForEachChannel
    void soItDoesWhenAnInterruptClosesTheChannel(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); Selector selector = Selector.open()) {
            SelectionKey key = pair.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            selector.selectNow();
            key.cancel();
            pair.client().configureBlocking(true);
            int number = Descriptors.numberOf(pair.client());

            Thread.currentThread().interrupt();
            assertFails(ClosedByInterruptException.class, () -> pair.client().read(ByteBuffer.allocate(1)));
            assertTrue(Thread.interrupted());
            assertTrue(OpenSockets.now().containsKey(number), "the descriptor waits for the selector");

            selector.selectNow();
            assertFalse(OpenSockets.now().containsKey(number));
        }
    }
}
