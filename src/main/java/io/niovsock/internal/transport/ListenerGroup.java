// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.LibraryClasses;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sockets behind the number of one listener: a socket of the JVM's transport, unless that cannot be bound, and one
 * for each attached guest. The number stands for an epoll instance with these sockets, so that one channel can wait for
 * all of them.
 *
 * <p> Nothing blocks under the lock of an instance. It keeps a close from releasing the numbers that an accept uses.
 */
public final class ListenerGroup {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final int NONE = -1;

    private final long port;
    private final int backlog;

    // -- guarded by this

    private final Map<AttachedGuest, GuestListener> guests = new HashMap<>();
    private int epoll;
    private boolean epollIsChannels;
    private Transport ownTransport;
    private int own = NONE;
    private boolean closed;

    // -- end of what is guarded by this

    private ListenerGroup(int epoll, long port, int backlog) {
        this.epoll = epoll;
        this.port = port;
        this.backlog = backlog;
    }

    /**
     * A group that hears the guests.
     *
     * @throws IOException if it cannot hear all; then it hears none
     */
    public static ListenerGroup open(MethodHandles.Lookup caller, List<AttachedGuest> guests, long port, int backlog)
        throws IOException {

        LibraryClasses.require(caller);
        int epoll = NATIVES.newGroup();
        if (epoll < 0)
            throw Errno.failed(-epoll, "listen for attached guests");
        ListenerGroup group = new ListenerGroup(epoll, port, backlog);
        try {
            for (AttachedGuest guest : guests)
                group.hear(guest);
            return group;
        } catch (IOException | RuntimeException e) {
            group.close();
            throw e;
        }
    }

    /** Adds a guest's socket. */
    public synchronized void hear(AttachedGuest guest) throws IOException {
        if (closed)
            return;
        GuestListener listener = GuestListener.open(guest, port, backlog);
        int result = NATIVES.addToGroup(epoll, listener.fd(), (int) guest.cid());
        if (result < 0) {
            listener.close();
            throw Errno.failed(-result, "listen for the guest with " + guest);
        }
        guests.put(guest, listener);
    }

    /** Removes a guest's socket, if it is there. */
    public synchronized void forget(AttachedGuest guest) {
        GuestListener listener = guests.remove(guest);
        if (listener == null)
            return;
        NATIVES.removeFromGroup(epoll, listener.fd());
        listener.close();
    }

    /**
     * Adds the listening socket that has been behind the channel's number, under another number.
     *
     * @return that number
     */
    public synchronized int take(int fd, Transport transport) throws IOException {
        int duplicate = NATIVES.duplicate(fd);
        if (duplicate < 0)
            throw Errno.failed(-duplicate, "listen for attached guests");
        own = duplicate;
        ownTransport = transport;
        int result = NATIVES.configureBlocking(own, false);
        if (result == 0)
            result = NATIVES.addToGroup(epoll, own, (int) VsockSocketAddress.CID_ANY);
        if (result < 0)
            throw Errno.failed(-result, "listen for attached guests");
        return own;
    }

    /** The number of the epoll instance; {@link #moveTo} must follow. */
    public synchronized int number() {
        return epoll;
    }

    /** The channel's number stands for the epoll instance now. */
    public synchronized void moveTo(int fd) {
        NATIVES.close(epoll);
        epoll = fd;
        epollIsChannels = true;
    }

    /**
     * Accepts a connection, without waiting.
     *
     * @param peer gets CID and port of the peer, and 1 if it is a guest, else 0
     * @return the descriptor, in blocking mode, or {@code -errno}
     */
    public synchronized int accept(int[] peer) {
        return closed ? -Errno.EAGAIN : NATIVES.acceptFromGroup(epoll, peer);
    }

    /** Closes all sockets, and removes the files of the guests. The channel closes its number. */
    public synchronized void close() {
        if (closed)
            return;
        closed = true;
        guests.values().forEach(GuestListener::close);
        guests.clear();
        if (own != NONE) {
            ownTransport.end(own, false);
            NATIVES.close(own);
        }
        if (!epollIsChannels)
            NATIVES.close(epoll);
    }

    /** Gives the JVM's own socket up without ending it: the channel still has it. */
    public synchronized void abandon() {
        if (own != NONE)
            NATIVES.close(own);
        own = NONE;
        close();
    }
}
