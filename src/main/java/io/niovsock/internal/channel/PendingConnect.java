// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;

/**
 * A connect, from its first attempt to its end. The descriptor is non-blocking meanwhile: a signal would tear a
 * blocking attempt down. The kernel ends an attempt after 2 seconds, unless the program has set another limit. If the
 * kernel's own limit has ended an attempt, this class begins the next one, and the program does not notice.
 *
 * <p> Selectors and {@code finishConnect} ask under the lock of an instance, and so get the same answer. The lock comes
 * before that of the descriptor; nothing blocks under it.
 */
final class PendingConnect {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    /** How long a connect goes on where the program sets no limit, in nanoseconds: about as long as TCP's. */
    private static final long LIMIT_NANOS = 120_000_000_000L;

    private static final int UNDER_WAY = 0;
    private static final int CONNECTED = 1;

    private final ChannelDescriptor descriptor;
    private final SocketOptions options;
    private final VsockSocketAddress remote;
    private final boolean bound;
    private final long attemptsEndNanos;

    // -- guarded by this

    private boolean begun;
    private int result = UNDER_WAY; // CONNECTED or -errno at the end, for every thread that asks

    // -- end of what is guarded by this

    /**
     * @param bound whether the socket is bound; otherwise the first attempt binds it
     * @param timeoutNanos the limit of the program, which waits no longer; 0: none
     */
    PendingConnect(ChannelDescriptor descriptor, SocketOptions options, VsockSocketAddress remote, boolean bound,
                   long timeoutNanos) {
        this.descriptor = descriptor;
        this.options = options;
        this.remote = remote;
        this.bound = bound;
        this.attemptsEndNanos = System.nanoTime() + Math.max(timeoutNanos, LIMIT_NANOS);
    }

    /**
     * Begins the connect, or looks whether it has ended.
     *
     * @return 1 if it has, {@code -EAGAIN} if it is under way, or if the channel is closed
     */
    synchronized int poll() throws IOException {
        if (begun)
            look();
        else
            begin();
        if (result == UNDER_WAY || !descriptor.isOpen())
            return -Errno.EAGAIN;
        if (result < 0)
            throw options.isToHost() ? Errno.connectToHostFailed(-result, remote)
                : Errno.connectFailed(-result, remote);
        return result;
    }

    /**
     * Returns whether a selector may report the end of the connect: {@code finishConnect} then finds an end, too.
     * Before the connect has begun, the socket polls as a connected one does.
     */
    synchronized boolean hasEnded() {
        if (begun)
            look();
        return result != UNDER_WAY;
    }

    private void begin() {
        begun = true;
        result = attempt(bound);
    }

    private void look() {
        if (result == UNDER_WAY)
            result = NATIVES.pollConnect(descriptor.fd());
        if (result == -Errno.ETIMEDOUT && !options.isConnectTimeoutSet() && System.nanoTime() - attemptsEndNanos < 0)
            result = attempt(true);
    }

    /** One connect(2). */
    private int attempt(boolean bound) {
        int n = descriptor.transport().connect(descriptor.fd(), remote, bound, options.isToHost());
        return n == 0 ? CONNECTED : n == -Errno.EINPROGRESS ? UNDER_WAY : n;
    }
}
