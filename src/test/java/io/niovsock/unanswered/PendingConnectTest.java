// SPDX-License-Identifier: Apache-2.0
package io.niovsock.unanswered;

import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.BeforeAll;

import java.net.ConnectException;
import java.net.SocketException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A non-blocking connect without an answer has no limit, as with TCP. When the kernel gives up, the channel begins
 * again, and its selectors see nothing of that.
 */
class PendingConnectTest {
    /** The kernel gives up twice in that time: it allows 2 s. */
    private static final int SEVERAL_LIMITS_MILLIS = 5_000;
    private static final int SELECTORS = 16;

    @BeforeAll
    static void isHost() {
        SilentGuest.skipUnlessHost();
    }

    @ForEachVsockChannel
    void outlivesTheKernelsLimitAndEndsWithTheGuest(ChannelKind kind) throws Exception {
        try (Selector selector = Selector.open(); SocketChannel channel = kind.openClient()) {
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
            try (SilentGuest guest = new SilentGuest()) {
                assertFalse(channel.connect(guest.address()));
                assertEquals(0, selector.select(SEVERAL_LIMITS_MILLIS));
                assertTrue(channel.isConnectionPending());
                assertFalse(channel.finishConnect());
            }
            assertEquals(1, selector.select(Machine.PATIENCE.toMillis()));
            assertTrue(key.isConnectable());
            assertThrows(SocketException.class, channel::finishConnect);
            assertFalse(channel.isOpen());
        }
    }

    /** The kernel's attempt goes on as it has begun, and there is no other one. */
    @ForEachVsockChannel
    void endsWithTheKernelsAttemptIfALimitIsSetMeanwhile(ChannelKind kind) throws Exception {
        try (Selector selector = Selector.open(); SocketChannel channel = kind.openClient();
             SilentGuest guest = new SilentGuest()) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_CONNECT);
            assertFalse(channel.connect(guest.address()));
            channel.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(1));
            assertEquals(1, selector.select(SEVERAL_LIMITS_MILLIS));
            assertThrows(ConnectException.class, channel::finishConnect);
        }
    }

    /** When the kernel gives up it wakes every selector, and one of them begins the next attempt. */
    @ForEachVsockChannel
    void isPendingForSeveralSelectors(ChannelKind kind) throws Exception {
        List<Selector> selectors = new ArrayList<>();
        List<Background<Integer>> selecting = new ArrayList<>();
        try (SocketChannel channel = kind.openClient(); SilentGuest guest = new SilentGuest()) {
            channel.configureBlocking(false);
            assertFalse(channel.connect(guest.address()));
            for (int i = 0; i < SELECTORS; i++) {
                Selector selector = Selector.open();
                selectors.add(selector);
                channel.register(selector, SelectionKey.OP_CONNECT);
                selecting.add(Background.start(() -> selector.select(SEVERAL_LIMITS_MILLIS)));
            }
            for (Background<Integer> selected : selecting)
                assertEquals(0, selected.result());
            assertFalse(channel.finishConnect());
        } finally {
            for (Selector selector : selectors)
                selector.close();
            selecting.forEach(Background::close);
        }
    }
}
