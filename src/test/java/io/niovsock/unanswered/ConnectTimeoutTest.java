// SPDX-License-Identifier: Apache-2.0
package io.niovsock.unanswered;

import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import org.junit.jupiter.api.BeforeAll;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A blocking connect without an answer ends at the limit that the program has set, below and above the kernel's. */
class ConnectTimeoutTest {
    private static final int MORE_THAN_THE_KERNELS_MILLIS = 3_000;

    /** What a machine of software may add to a limit. */
    private static final long DELAY_MILLIS = 1_500;

    @BeforeAll
    static void isHost() {
        SilentGuest.skipUnlessHost();
    }

    @ForEachVsockChannel
    void theOptionIsTheLimit(ChannelKind kind) throws Exception {
        for (int millis : new int[] { 300, MORE_THAN_THE_KERNELS_MILLIS })
            try (SilentGuest guest = new SilentGuest(); SocketChannel channel = kind.openClient()) {
                channel.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofMillis(millis));
                long start = System.nanoTime();
                ConnectException e = assertFails(ConnectException.class, () -> channel.connect(guest.address()));
                long taken = millisSince(start);
                assertTrue(e.getMessage().contains("CONNECT_TIMEOUT"), e::toString);
                assertTrue(taken >= millis - 10 && taken < millis + DELAY_MILLIS, millis + " ms became " + taken);
            }
    }

    @ForEachVsockChannel
    void theArgumentOfASocketsConnectIsTheLimit(ChannelKind kind) throws Exception {
        for (int millis : new int[] { 300, MORE_THAN_THE_KERNELS_MILLIS })
            try (SilentGuest guest = new SilentGuest(); SocketChannel channel = kind.openClient()) {
                long start = System.nanoTime();
                assertFails(SocketTimeoutException.class, () -> connectSocket(channel, guest, millis));
                long taken = millisSince(start);
                assertTrue(taken >= millis && taken < millis + DELAY_MILLIS, millis + " ms became " + taken);
                assertFalse(channel.isOpen());
            }
    }

    private static void connectSocket(SocketChannel channel, SilentGuest guest, int millis) throws IOException {
        channel.socket().connect(guest.address(), millis);
    }

    private static long millisSince(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }
}
