// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;

/**
 * A connect by the transport of the channel. The kernel ends an attempt after 2 seconds, unless the program has set
 * another limit. If the kernel's own limit has ended an attempt, this class begins the next one, and the program does
 * not notice.
 */
final class TransportConnect extends PendingConnect {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private final boolean bound;
    private final long attemptsEndNanos;

    private TransportConnect(ChannelDescriptor descriptor, SocketOptions options, VsockSocketAddress remote,
                             boolean bound, long timeoutNanos) {
        super(descriptor, options, remote);
        this.bound = bound;
        this.attemptsEndNanos = System.nanoTime() + Math.max(timeoutNanos, LIMIT_NANOS);
    }

    /**
     * Its type is that of all connects: a program without connects need not load this class.
     *
     * @param bound whether the socket is bound; otherwise the first attempt binds it
     * @param timeoutNanos the limit of the program, which waits no longer; 0: none
     */
    static PendingConnect of(ChannelDescriptor descriptor, SocketOptions options, VsockSocketAddress remote,
                             boolean bound, long timeoutNanos) {
        return new TransportConnect(descriptor, options, remote, bound, timeoutNanos);
    }

    @Override
    int begin() {
        return attempt(bound);
    }

    @Override
    int look() {
        int result = NATIVES.pollConnect(descriptor.fd());
        boolean isToContinue = result == -Errno.ETIMEDOUT && !options.isConnectTimeoutSet()
            && System.nanoTime() - attemptsEndNanos < 0;
        return isToContinue ? attempt(true) : result;
    }

    /** One connect(2). */
    private int attempt(boolean bound) {
        int n = descriptor.transport().connect(descriptor.fd(), remote, bound, options.isToHost());
        return n == 0 ? CONNECTED : n == -Errno.EINPROGRESS ? UNDER_WAY : n;
    }

    @Override
    IOException failure(int errno) {
        return options.isToHost() ? Errno.connectToHostFailed(errno, remote) : Errno.connectFailed(errno, remote);
    }
}
