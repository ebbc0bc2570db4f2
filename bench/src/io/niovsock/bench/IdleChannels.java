// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Channels that are connected but never accepted. Nothing is sent to them, and each takes one descriptor, not two. */
final class IdleChannels {
    /**
     * A small number: the kernel has all connections of one vsock port in one list, and searches it from the newest.
     */
    private static final int PER_LISTENER = 64;

    private static final List<ServerSocketChannel> listeners = new ArrayList<>(); // keeps them reachable, and so open

    private IdleChannels() { }

    static List<SocketChannel> open(Implementation implementation, int count) throws IOException {
        List<SocketChannel> channels = new ArrayList<>(count);
        SocketAddress where = null;
        for (int i = 0; i < count; i++) {
            if (i % PER_LISTENER == 0) {
                ServerSocketChannel listener = implementation.listen();
                listeners.add(listener);
                where = listener.getLocalAddress();
            }
            channels.add(implementation.connect(where));
        }
        return channels;
    }
}
