// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

/**
 * One step of a random sequence.
 *
 * @param kind what is done
 * @param end to which channel; only the kinds of a listener have it
 * @param size of the buffers, in bytes; without a meaning for most kinds
 */
record Operation(Kind kind, End end, int size) {
    /** The two ends of the connection; the second is there once it is accepted. */
    enum End { CLIENT, SERVER }

    enum Kind {
        CONNECT, FINISH_CONNECT, BIND,
        READ, READ_VECTOR, READ_STREAM, WRITE, WRITE_VECTOR, WRITE_STREAM,
        SHUT_INPUT, SHUT_OUTPUT, CLOSE, CLOSE_ADAPTOR,
        BLOCKING, NON_BLOCKING, SELECT, KEEP_ALIVE, BUFFER_SIZE, TIMEOUT, STATE, ADAPTOR_STATE,
        ACCEPT, CLOSE_LISTENER, BIND_LISTENER, LISTENER_STATE, LISTENER_SELECT
    }

    @Override
    public String toString() {
        return kind + (kind.compareTo(Kind.ACCEPT) < 0 ? " " + end + (sized() ? " " + size : "") : "");
    }

    private boolean sized() {
        return kind.compareTo(Kind.READ) >= 0 && kind.compareTo(Kind.WRITE_STREAM) <= 0;
    }
}
