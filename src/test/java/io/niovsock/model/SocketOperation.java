// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

/**
 * One step of a random sequence on the sockets of {@code java.net}.
 *
 * @param kind what is done
 * @param server to the accepted end of the connection; otherwise to the one that connects
 * @param value a number of bytes, a time limit, or the value of an option; without a meaning for some kinds
 */
record SocketOperation(Kind kind, boolean server, int value) {
    enum Kind {
        CONNECT, CONNECT_WITHIN, CONNECT_NULL, CONNECT_UNRESOLVED, CONNECT_OTHER_TYPE,
        BIND, BIND_TAKEN, BIND_NULL, BIND_UNRESOLVED, BIND_OTHER_TYPE,
        READ, READ_BYTE, READ_IN_TIME, SKIP, AVAILABLE, WRITE, WRITE_BYTE, WRITE_URGENT,
        SHUT_INPUT, SHUT_OUTPUT, CLOSE, CLOSE_INPUT, CLOSE_OUTPUT,
        TIMEOUT, LINGER, NO_DELAY, KEEP_ALIVE, REUSE_ADDRESS, URGENT_INLINE, TRAFFIC_CLASS, RECEIVE_BUFFER, SEND_BUFFER,
        OPTION, OPTION_NULL, OPTION_OF_DATAGRAMS, STATE,
        ACCEPT, BIND_LISTENER, BIND_LISTENER_NULL, BIND_LISTENER_TAKEN, BIND_LISTENER_UNRESOLVED, CLOSE_LISTENER,
        LISTENER_TIMEOUT, LISTENER_REUSE_ADDRESS, LISTENER_RECEIVE_BUFFER, LISTENER_OPTION_OF_CONNECTIONS,
        LISTENER_STATE
    }

    boolean isOfListener() {
        return kind.compareTo(Kind.ACCEPT) >= 0;
    }

    @Override
    public String toString() {
        return kind + (isOfListener() ? " " : server ? " SERVER " : " CLIENT ") + value;
    }
}
