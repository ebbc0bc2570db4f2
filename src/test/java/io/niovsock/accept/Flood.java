// SPDX-License-Identifier: Apache-2.0
package io.niovsock.accept;

import io.niovsock.Vsock;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;

/** Threads that connect to a listener over and over, until this is closed. */
final class Flood implements AutoCloseable {
    /** So many refused connections show that the flood is there. */
    static final int SEVERAL = 20;

    private static final String COUNT = "connections refused: ";

    private final Background<Void> first;
    private final Background<Void> second;
    private volatile boolean ended;

    private Flood(SocketAddress listener) {
        first = Background.start(() -> connect(listener));
        second = Background.start(() -> connect(listener));
    }

    /** Returns when the listener has refused more than {@value #SEVERAL} of the connections. */
    static Flood to(SocketAddress listener) {
        long before = refused();
        Flood flood = new Flood(listener);
        try {
            Await.until(() -> "the listener refuses no connection", () -> refused() > before + SEVERAL);
            return flood;
        } catch (Throwable e) {
            flood.close();
            throw e;
        }
    }

    private Void connect(SocketAddress listener) {
        while (!ended) {
            try (SocketChannel client = SocketChannel.open(listener)) {
                assert client.isConnected();
            } catch (IOException e) {
                // the backlog is full, or the listener is closed
            }
        }
        return null;
    }

    /** How many connections the listeners of this JVM have refused. */
    static long refused() {
        String line = Vsock.report().stream().filter(each -> each.contains(COUNT)).findFirst().orElseThrow();
        return Long.parseLong(line.substring(line.indexOf(COUNT) + COUNT.length()));
    }

    @Override
    public void close() {
        ended = true;
        first.result();
        second.result();
    }
}
