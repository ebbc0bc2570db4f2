// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** One byte there and back, through a selector on the server's side: microseconds for a round trip. */
final class Selecting implements Benchmark {
    private final SocketChannel[] clients;
    private final int active;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1);

    Selecting(Implementation implementation, int registered, int active) throws IOException {
        this.active = active;
        clients = new SocketChannel[active];
        Selector selector = implementation.openSelector();
        try (ServerSocketChannel listener = implementation.listen()) {
            SocketAddress where = listener.getLocalAddress();
            for (int i = 0; i < active; i++) {
                Connected pair = Connected.pair(implementation, listener, where);
                clients[i] = pair.client();
                register(pair.server(), selector);
            }
        }
        for (SocketChannel idle : IdleChannels.open(implementation, registered - active))
            register(idle, selector);
        Threads.start(false, () -> serve(selector));
    }

    private static void register(SocketChannel channel, Selector selector) throws IOException {
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
    }

    private static void serve(Selector selector) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1);
        while (true) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                SocketChannel channel = (SocketChannel) key.channel();
                buffer.clear();
                if (channel.read(buffer) == 1)
                    channel.write(buffer.flip());
            }
            selector.selectedKeys().clear();
        }
    }

    @Override
    public double iteration(double seconds) throws IOException {
        long nanos = (long) (seconds * 1e9);
        long trips = 0;
        long start = System.nanoTime();
        long elapsed;
        do {
            trip();
            trips += active;
        } while ((elapsed = System.nanoTime() - start) < nanos);
        return elapsed / 1e3 / trips;
    }

    /** One over each active channel. */
    void trip() throws IOException {
        for (int i = 0; i < active; i++)
            clients[i].write(buffer.clear());
        for (int i = 0; i < active; i++)
            clients[i].read(buffer.clear());
    }
}
