// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

/**
 * One step of a random sequence with two {@code DatagramSocket}s.
 *
 * @param kind what is done
 * @param socket with which of the two, 0 or 1
 * @param value a number of bytes, or the value of an option; without a meaning for some kinds
 */
record DatagramSocketOperation(Kind kind, int socket, int value) {
    enum Kind {
        SEND, SEND_TO, SEND_NULL, RECEIVE, RECEIVE_IN_TIME, BIND, BIND_UNRESOLVED, BIND_OTHER_TYPE,
        CONNECT, CONNECT_NULL, CONNECT_UNRESOLVED, CONNECT_OTHER_TYPE, DISCONNECT, CLOSE,
        TIMEOUT, BROADCAST, REUSE_ADDRESS, TRAFFIC_CLASS, SEND_BUFFER, RECEIVE_BUFFER, OPTION_NULL, OPTION_OF_STREAMS,
        STATE
    }

    @Override
    public String toString() {
        return kind + " " + socket + " " + value;
    }
}
