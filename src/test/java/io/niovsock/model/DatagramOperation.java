// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

/**
 * One step of a random sequence with two channels that send datagrams to each other.
 *
 * @param kind what is done
 * @param channel with which of the two, 0 or 1
 * @param size of the buffers, in bytes; without a meaning for most kinds
 */
record DatagramOperation(Kind kind, int channel, int size) {
    enum Kind {
        SEND, SEND_PACKET, WRITE, WRITE_VECTOR, RECEIVE, RECEIVE_PACKET, READ, READ_VECTOR,
        BIND, CONNECT, CONNECT_ADAPTOR, DISCONNECT, CLOSE, CLOSE_ADAPTOR, BLOCKING, NON_BLOCKING, SELECT, BUFFER_SIZE,
        TIMEOUT, STATE, ADAPTOR_STATE
    }

    @Override
    public String toString() {
        return kind + " " + channel + (kind.compareTo(Kind.BIND) < 0 ? " " + size : "");
    }
}
