// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;

import java.io.IOException;

/**
 * A connect, from its first attempt to its end. The descriptor is non-blocking meanwhile: a signal would tear a
 * blocking attempt down.
 *
 * <p> Selectors and {@code finishConnect} ask under the lock of an instance, and so get the same answer. The lock comes
 * before that of the descriptor; nothing blocks under it.
 */
abstract class PendingConnect {
    static final int UNDER_WAY = 0;
    static final int CONNECTED = 1;

    /** How long a connect goes on where the program sets no limit, in nanoseconds: about as long as TCP's. */
    static final long LIMIT_NANOS = 120_000_000_000L;

    final ChannelDescriptor descriptor;
    final SocketOptions options;
    final VsockSocketAddress remote;

    // -- guarded by this

    private boolean begun;
    private int result = UNDER_WAY; // CONNECTED or -errno at the end, for every thread that asks

    // -- end of what is guarded by this

    PendingConnect(ChannelDescriptor descriptor, SocketOptions options, VsockSocketAddress remote) {
        this.descriptor = descriptor;
        this.options = options;
        this.remote = remote;
    }

    /**
     * Begins the connect, or looks whether it has ended.
     *
     * @return 1 if it has, {@code -EAGAIN} if it is under way, or if the channel is closed
     */
    synchronized int poll() throws IOException {
        if (!begun) {
            begun = true;
            result = begin();
        } else if (result == UNDER_WAY) {
            result = look();
        }
        if (result == UNDER_WAY || !descriptor.isOpen())
            return -Errno.EAGAIN;
        if (result < 0)
            throw failure(-result);
        return result;
    }

    /**
     * Returns whether a selector may report the end of the connect: {@code finishConnect} then finds an end, too.
     * Before the connect has begun, the socket polls as a connected one does.
     */
    synchronized boolean hasEnded() {
        return begun && (isDecided() || isAtEnd());
    }

    /** Whether the result is known. */
    final boolean isDecided() {
        assert Thread.holdsLock(this);
        return result != UNDER_WAY;
    }

    /** Ends the connect, if it is under way. */
    final void decide(int its) {
        assert Thread.holdsLock(this);
        if (result == UNDER_WAY)
            result = its;
    }

    /** The first attempt. The result is {@link #UNDER_WAY}, {@link #CONNECTED}, or {@code -errno}. */
    abstract int begin() throws IOException;

    /** Looks at an attempt that is under way. The result is as before. */
    abstract int look();

    /** Returns whether the next {@link #look} has a result; it may look by itself. */
    boolean isAtEnd() {
        decide(look());
        return isDecided();
    }

    abstract IOException failure(int errno);

    /** The local address of the connection, if it is known without asking the kernel; otherwise null. */
    VsockSocketAddress localAddressOrNull() {
        return null;
    }

    /** Waits until {@link #poll} may find the end, or for the given time; 0 is without limit. */
    void await(long nanos) throws IOException {
        descriptor.parkOnce(event(), nanos);
    }

    // -- selection, without a lock: a selector holds its own while it asks

    /** The event of poll(2) that may mean the end of the connect. */
    int event() {
        return Constants.POLLOUT;
    }

    int translateInterestOps(int interest) {
        return VsockSocketChannel.eventsOf(interest);
    }

    // -- the end

    /** The channel is connected. */
    void finish() { }

    /** The channel is closed. */
    void abandon() { }
}
