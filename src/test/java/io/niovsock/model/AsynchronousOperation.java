// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

/**
 * One step of a random sequence on asynchronous channels.
 *
 * @param kind what is done
 * @param server to the accepted end of the connection; otherwise to the one that connects
 * @param size of the buffer, in bytes; without a meaning for most kinds
 */
record AsynchronousOperation(Kind kind, boolean server, int size) {
    enum Kind {
        BIND, CONNECT, READ, READ_TIMED, WRITE, WRITE_VECTOR, CANCEL_READ, SHUT_INPUT, SHUT_OUTPUT, CLOSE, KEEP_ALIVE,
        STATE,
        ACCEPT, CLOSE_LISTENER, BIND_LISTENER, LISTENER_STATE
    }

    boolean isOfListener() {
        return kind.compareTo(Kind.ACCEPT) >= 0;
    }

    @Override
    public String toString() {
        return kind + (isOfListener() ? "" : server ? " SERVER " + size : " CLIENT " + size);
    }
}
