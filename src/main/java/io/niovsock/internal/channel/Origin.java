// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.transport.Transport;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.Objects;

/**
 * Where the socket of a channel comes from. It says in which mode the descriptor is at first, and how it ends.
 *
 * @param transport the transport of the socket; only classes of this library get one, so that no other code makes a
 *     channel for a number of its choice
 * @param fd the number of the descriptor
 * @param type the type of the socket, such as {@link Constants#SOCK_STREAM}
 * @param blocking the mode of the descriptor
 * @param ownerOrNull what the number belongs to, and what closes it: another channel, or an {@link InheritedSocket};
 *     null: the channel with this origin
 * @param selectedOrNull the channel that selectors know; null: the channel with this origin
 */
public record Origin(Transport transport, int fd, int type, boolean blocking, Closeable ownerOrNull,
                     AbstractSelectableChannel selectedOrNull) {

    public Origin {
        Objects.requireNonNull(transport, "transport");
    }

    /**
     * A new socket, of a type such as {@link Constants#SOCK_STREAM}, with {@link Constants#SOCK_NONBLOCK} or without.
     */
    public static Origin open(Transport transport, int type) throws IOException {
        return made(transport, transport.socket(type), type, null, null);
    }

    /**
     * A socket that this process has made with the given type. It may be behind a number that another channel owns, and
     * selectors may know another channel with that number.
     */
    public static Origin made(Transport transport, int fd, int type, Closeable ownerOrNull,
                              AbstractSelectableChannel selectedOrNull) {
        boolean blocking = (type & Constants.SOCK_NONBLOCK) == 0;
        return new Origin(transport, fd, type & ~Constants.SOCK_NONBLOCK, blocking, ownerOrNull, selectedOrNull);
    }

    /** A socket that this process was started with. */
    public static Origin inherited(Transport transport, InheritedSocket inherited) {
        return new Origin(transport, inherited.fd(), Transport.typeOf(inherited.fd()), true, inherited,
            null);
    }

    /** A connection that a listener of the given type has accepted. */
    static Origin accepted(Transport transport, int connection, int type) {
        return new Origin(transport, connection, type, true, null, null);
    }

    /** A socket of records keeps their bounds: a write is a record, and a read takes one. */
    boolean hasRecords() {
        return type == Constants.SOCK_SEQPACKET;
    }

    /** Sockets of datagrams are closed when the program forgets their channel, as the platform's are. */
    boolean isToBeCleaned() {
        return type == Constants.SOCK_DGRAM && ownerOrNull == null;
    }
}
