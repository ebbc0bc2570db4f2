// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.monitor;

import io.niovsock.VsockSocketAddress;

/**
 * What Flight Recorder will have to be told of a socket: since when it is connected or bound, and the connect that is
 * under way. A socket has one only if there was a recording at that time.
 */
public final class SocketHistory {
    private volatile long sinceNanos = System.nanoTime();
    private ConnectEvent connect; // null: none is under way, or none is to be told

    /** Begins with a socket that was accepted or bound. */
    public SocketHistory() { }

    /** Begins with a connect. */
    public static SocketHistory ofConnect() {
        SocketHistory history = new SocketHistory();
        history.connect = ConnectEvent.begun();
        return history;
    }

    /** The connect has ended. */
    public void connectEnded(VsockSocketAddress localOrNull, VsockSocketAddress remote, String transport,
                             String errorOrNull) {
        sinceNanos = System.nanoTime();
        ConnectEvent event = connect;
        connect = null;
        if (event != null)
            event.end(localOrNull, remote, transport, errorOrNull);
    }

    long ageNanos() {
        return System.nanoTime() - sinceNanos;
    }
}
