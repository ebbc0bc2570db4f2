// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;

/** Connect, accept, close both, on one thread: connections a second. */
final class Connecting implements Benchmark {
    private final Implementation implementation;
    private final ServerSocketChannel listener;
    private final SocketAddress where;

    Connecting(Implementation implementation) throws IOException {
        this.implementation = implementation;
        listener = implementation.listen();
        where = listener.getLocalAddress();
    }

    @Override
    public double iteration(double seconds) throws IOException {
        long nanos = (long) (seconds * 1e9);
        long count = 0;
        long start = System.nanoTime();
        long elapsed;
        do {
            Connected pair = Connected.pair(implementation, listener, where);
            implementation.prepareToClose(pair.client());
            pair.close();
            count++;
        } while ((elapsed = System.nanoTime() - start) < nanos);
        return count / (elapsed / 1e9);
    }
}
