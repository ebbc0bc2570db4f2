// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.monitor;

import java.util.concurrent.atomic.AtomicLong;

/** The kinds of vsock sockets, each with the number of those that were opened and closed. */
public enum SocketKind {
    STREAM("stream"),
    RECORDS("records"),
    LISTENER("listener"),
    DATAGRAMS("datagrams");

    private final String word;
    final AtomicLong opened = new AtomicLong();
    final AtomicLong closed = new AtomicLong();

    SocketKind(String word) {
        this.word = word;
    }

    /** A connection has a peer of its own. */
    public boolean isConnection() {
        return this == STREAM || this == RECORDS;
    }

    long open() {
        long gone = closed.get(); // first, so that the difference is never negative
        return opened.get() - gone;
    }

    /** As it stands in events. */
    @Override
    public String toString() {
        return word;
    }
}
