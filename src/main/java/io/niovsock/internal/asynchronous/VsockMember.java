// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import io.niovsock.internal.jdk.Descriptors;
import io.niovsock.internal.jdk.GroupPort;

import java.io.IOException;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A vsock channel as its group knows it: the socket in non-blocking mode, and the operations that wait. Reads and
 * writes of a connection wait in the port of the platform's group ({@link PortPolling}), where there is one. Connects
 * and accepts wait in the group's selector ({@link ReadinessPoller}): with guests, the number stands for another socket
 * meanwhile, and only selectors follow that.
 */
final class VsockMember implements ReadinessPoller.Waiting {
    private final ChannelGroup group;
    private final AsynchronousChannel channel;
    private final AbstractSelectableChannel socket;
    private final PortPolling polling; // null: a listener, or this JDK has no port
    private final AtomicBoolean closed = new AtomicBoolean();
    private Direction[] directions = new Direction[0]; // written by the constructor of the channel

    private volatile SelectionKey key; // null: no operation has waited in the selector yet; written under this
    private ReadinessPoller poller; // written before the key

    private VsockMember(ChannelGroup group, AsynchronousChannel channel, AbstractSelectableChannel socket,
                        GroupPort portOrNull) {
        this.group = group;
        this.channel = channel;
        this.socket = socket;
        this.polling = portOrNull == null ? null : new PortPolling(this, portOrNull, Descriptors.numberOf(socket));
    }

    static VsockMember ofConnection(ChannelGroup group, AsynchronousChannel channel,
                                    AbstractSelectableChannel socket) {
        return new VsockMember(group, channel, socket, group.portOrNull());
    }

    static VsockMember ofListener(ChannelGroup group, AsynchronousChannel channel, AbstractSelectableChannel socket) {
        return new VsockMember(group, channel, socket, null);
    }

    Direction direction(int selectionOp, String refusal, Supplier<? extends RuntimeException> alreadyPending) {
        Direction added = new Direction(this, selectionOp, refusal, alreadyPending);
        Direction[] more = new Direction[directions.length + 1];
        System.arraycopy(directions, 0, more, 0, directions.length);
        more[directions.length] = added;
        directions = more;
        return added;
    }

    ChannelGroup group() {
        return group;
    }

    AsynchronousChannel channel() {
        return channel;
    }

    boolean isOpen() {
        return !isClosed() && socket.isOpen();
    }

    /** Whether a thread closes, or has closed, the channel. A failed connect closes only the socket. */
    boolean isClosed() {
        return closed.get();
    }

    /** Waits until the socket is ready for an operation. */
    void await(int selectionOp) {
        try {
            boolean transfers = (selectionOp & (SelectionKey.OP_READ | SelectionKey.OP_WRITE)) != 0;
            if (polling == null || !transfers || !polling.await(selectionOp))
                awaitBySelector(selectionOp);
        } catch (ClosedChannelException | CancelledKeyException e) {
            // the closing thread ends the operation
        } catch (IOException | RuntimeException | Error e) {
            for (Direction direction : directions)
                direction.failed(selectionOp, e);
        }
    }

    private void awaitBySelector(int selectionOp) throws IOException {
        if (key != null || !register(selectionOp))
            poller.await(key, selectionOp);
    }

    /** Returns false if another thread has registered the socket meanwhile. */
    private synchronized boolean register(int selectionOp) throws IOException {
        if (key != null)
            return false;
        poller = group.poller();
        key = poller.register(socket, selectionOp, this);
        return true;
    }

    @Override
    public void ready(int ops) {
        for (Direction direction : directions)
            if (direction.isReady(ops))
                direction.retry();
    }

    /**
     * Goes on with operations that are ready, in a thread of the group. That thread goes on with one of them. A handler
     * may take long, so another thread goes on with the other one.
     *
     * @param callsHandlers if the calling thread may call handlers
     */
    void ready(int ops, boolean callsHandlers) {
        Direction own = null;
        for (Direction direction : directions) {
            if (direction.isReady(ops)) {
                if (own != null)
                    own.retry();
                own = direction;
            }
        }
        if (own != null)
            own.retryHere(callsHandlers);
    }

    /** Ends the operations that wait, and leaves the group. */
    void close() throws IOException {
        if (!closed.compareAndSet(false, true))
            return;
        try {
            if (polling != null)
                polling.end();
            socket.close();
        } finally {
            for (Direction direction : directions)
                direction.closed();
            if (key != null)
                poller.wakeUp(); // the number of the descriptor is closed by the selector
            group.leave(channel);
        }
    }
}
