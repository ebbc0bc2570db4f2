// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;

/** Connect, accept, close both, on one thread: connections a second. */
final class Connecting implements Work {
    private final Contender contender;
    private final ServerSocketChannel listener;
    private final SocketAddress where;

    Connecting(Contender contender) throws IOException {
        this.contender = contender;
        listener = contender.listen();
        where = listener.getLocalAddress();
    }

    @Override
    public double round(double seconds) throws IOException {
        long nanos = (long) (seconds * 1e9);
        long count = 0;
        long start = System.nanoTime();
        long elapsed;
        do {
            Connected pair = Connected.pair(contender, listener, where);
            contender.prepareToClose(pair.client());
            pair.close();
            count++;
        } while ((elapsed = System.nanoTime() - start) < nanos);
        return count / (elapsed / 1e9);
    }
}
