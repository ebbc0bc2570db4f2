// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import io.niovsock.internal.jdk.GroupPort;
import io.niovsock.internal.natives.Constants;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ShutdownChannelGroupException;

/**
 * Lets the threads of a group wait until a connected socket can be read or written. They wait for it in the port of the
 * platform's group, as for the group's TCP channels.
 *
 * <p> The port reports events of a socket once ({@code EPOLLONESHOT}), then the socket must be polled again. These hold
 * whenever no thread is inside the lock:
 * <ul>
 * <li> An operation that waits is in {@code awaited}, or a thread has taken it out and is about to go on with it.
 * <li> The port polls for all of {@code awaited}. Or an event has ended that, and its call of {@link #onEvents} is yet
 *   to come. That call polls for the operations that are left.
 * <li> The port polls a number only while the socket has it: {@link #end} is called before the socket is closed, and no
 *   thread begins to poll after it.
 * </ul>
 *
 * <p> An event may come after its operation has ended, or while the next operation is attempted. Then nothing is lost:
 * an attempt that does not succeed is followed by {@link #await}, and the kernel reports an event again that is still
 * there. No thread blocks inside the lock.
 */
final class PortPolling implements GroupPort.PolledSocket {
    private enum State { NEW, REGISTERED, REFUSED, CLOSED }

    private final VsockMember member;
    private final GroupPort port;
    private final int fd;

    // -- guarded by this

    private State state = State.NEW;
    private int awaited; // OP_READ, OP_WRITE

    // -- end of what is guarded by this

    /** @param fd of a connected socket, which keeps that number */
    PortPolling(VsockMember member, GroupPort port, int fd) {
        this.member = member;
        this.port = port;
        this.fd = fd;
    }

    /**
     * Waits until the socket is ready for an operation. Does nothing if the socket is being closed.
     *
     * @return false if the group is shut down: its port accepts no further sockets
     */
    synchronized boolean await(int selectionOp) {
        if (state == State.NEW)
            register();
        if (state == State.REGISTERED) {
            awaited |= selectionOp;
            poll();
        }
        return state != State.REFUSED;
    }

    private void register() {
        try {
            port.register(fd, this);
            state = State.REGISTERED;
        } catch (ShutdownChannelGroupException e) {
            state = State.REFUSED;
        }
    }

    private void poll() {
        port.startPoll(fd, ((awaited & SelectionKey.OP_READ) != 0 ? Constants.POLLIN : 0)
            | ((awaited & SelectionKey.OP_WRITE) != 0 ? Constants.POLLOUT : 0));
    }

    @Override
    public void onEvents(int events, boolean callsHandlers) {
        member.ready(take(events), callsHandlers);
    }

    /** Returns the operations that are ready, and waits for the others. */
    private synchronized int take(int events) {
        int ready = awaited & readyOps(events);
        awaited &= ~ready;
        if (awaited != 0 && state == State.REGISTERED)
            poll();
        return ready;
    }

    /** A socket that is broken, or hung up, is ready for all operations: they fail, or read the end of the stream. */
    private static int readyOps(int events) {
        int ready = (events & Constants.POLLIN) != 0 ? SelectionKey.OP_READ : 0;
        if ((events & Constants.POLLOUT) != 0)
            ready |= SelectionKey.OP_WRITE;
        return (events & ~(Constants.POLLIN | Constants.POLLOUT)) != 0
            ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : ready;
    }

    /** Called before the socket is closed. */
    void end() {
        boolean registered;
        synchronized (this) {
            registered = state == State.REGISTERED;
            state = State.CLOSED;
        }
        if (registered)
            port.unregister(fd);
    }

    /** Called by the platform's group. */
    @Override
    public void close() throws IOException {
        member.channel().close();
    }

    @Override
    public String toString() {
        return member.channel().toString();
    }
}
