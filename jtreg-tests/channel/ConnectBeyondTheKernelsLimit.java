// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary A non-blocking connect without an answer stays pending when the kernel has given up, unseen by its selector,
 *          until its end; several selectors agree on that
 * @library /lib
 * @run main/othervm ConnectBeyondTheKernelsLimit
 */

import vsocktest.BlackHole;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Limit;

import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

public class ConnectBeyondTheKernelsLimit {
    private static final int ABOVE_KERNELS_MILLIS = 5_000; // the kernel gives a vsock connect 2 s
    private static final int SEVERAL_LIMITS_MILLIS = 13_000;
    private static final int SELECTORS = 16;

    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            for (Family family : new Family[] { Family.VSOCK, Family.VSOCK_BY_FAMILY })
                connect(family);
            connectWithSeveralSelectors();
        });
    }

    private static void connect(Family family) throws IOException {
        try (Selector selector = Selector.open(); SocketChannel channel = family.open()) {
            channel.configureBlocking(false);
            SelectionKey key;
            try (BlackHole hole = new BlackHole()) {
                Check.that(!channel.connect(hole.address()), "the connection is pending");
                key = channel.register(selector, SelectionKey.OP_CONNECT);
                Check.equal(selector.select(ABOVE_KERNELS_MILLIS), 0, "keys that are ready");
                Check.that(channel.isConnectionPending(), "the connection is pending still");
                Check.that(!channel.finishConnect(), "there is nothing to finish");
            }
            Check.equal(selector.select(Limit.MILLIS), 1, "keys that are ready, the machine being gone");
            Check.that(key.isConnectable(), "the connect has ended");
            Check.failsSomehow(SocketException.class, channel::finishConnect);
            Check.that(!channel.isOpen(), "the channel is closed");
        }
    }

    /** The kernel ends each attempt for all selectors at once, and one of them begins the next attempt. */
    private static void connectWithSeveralSelectors() throws Exception {
        List<Selector> selectors = new ArrayList<>();
        List<FutureTask<Integer>> selecting = new ArrayList<>();
        try (SocketChannel channel = SocketChannel.open(); BlackHole hole = new BlackHole()) {
            channel.configureBlocking(false);
            Check.that(!channel.connect(hole.address()), "the connection is pending");
            for (int i = 0; i < SELECTORS; i++) {
                Selector selector = Selector.open();
                selectors.add(selector);
                channel.register(selector, SelectionKey.OP_CONNECT);
                FutureTask<Integer> task = new FutureTask<>(() -> selector.select(SEVERAL_LIMITS_MILLIS));
                selecting.add(task);
                new Thread(task).start();
            }
            for (FutureTask<Integer> task : selecting)
                Check.equal(task.get(), 0, "keys that are ready");
            Check.that(!channel.finishConnect(), "there is nothing to finish");
        } finally {
            for (Selector selector : selectors)
                selector.close();
        }
    }
}
