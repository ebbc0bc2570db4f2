// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary A connect without an answer ends after CONNECT_TIMEOUT, below and above the kernel's own 2 s; without that
 *          option it continues after those, in non-blocking mode too
 * @library /lib
 * @run main/othervm ConnectTimeout
 */

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketOptions;
import vsocktest.BlackHole;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

public class ConnectTimeout {
    private static final long KERNELS_OWN_MILLIS = 2_000;

    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            try (BlackHole hole = new BlackHole()) {
                for (long millis : new long[] { 500, 4_000 })
                    endsAfter(millis, hole);
                outlivesTheKernels(hole);
                for (int millis : new int[] { 200, 5_000 })
                    endsTheSocketsConnect(millis, hole);
            }
        });
    }

    private static void endsAfter(long millis, BlackHole hole) throws Exception {
        try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
            channel.setOption(VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofMillis(millis));
            long start = System.nanoTime();
            ConnectException e = Check.fails(ConnectException.class, () -> channel.connect(hole.address()));
            long taken = (System.nanoTime() - start) / 1_000_000;
            Check.contains(e.getMessage(), "CONNECT_TIMEOUT");
            Check.that(taken >= millis - 10 && taken < millis + 1_500, "with " + millis + " ms it took " + taken);
        }
    }

    /** The limit that a program gives to channel.socket(), also one beyond the kernel's. */
    private static void endsTheSocketsConnect(int millis, BlackHole hole) throws Exception {
        for (Family family : new Family[] { Family.VSOCK, Family.VSOCK_BY_FAMILY })
            try (SocketChannel channel = family.open()) {
                long start = System.nanoTime();
                Check.fails(SocketTimeoutException.class, () -> channel.socket().connect(hole.address(), millis));
                long taken = (System.nanoTime() - start) / 1_000_000;
                Check.that(taken >= millis, taken + " ms are at least " + millis + " ms");
                Check.that(!channel.isOpen(), "the channel is closed");
            }
    }

    private static void outlivesTheKernels(BlackHole hole) throws Exception {
        try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK);
             Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_CONNECT);
            long end = System.nanoTime() + 3 * KERNELS_OWN_MILLIS * 1_000_000;
            Check.that(!channel.connect(hole.address()), "pending");
            while (System.nanoTime() - end < 0) {
                if (selector.select(500) > 0) {
                    selector.selectedKeys().clear();
                    Check.that(!channel.finishConnect(), "the kernel gave up, the attempt goes on");
                }
            }
            Check.that(channel.isConnectionPending() && channel.isOpen(),
                "pending after three times the kernel's own limit");
        }
    }
}
