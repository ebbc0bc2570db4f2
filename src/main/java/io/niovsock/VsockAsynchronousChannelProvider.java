// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import io.niovsock.internal.asynchronous.ChannelGroup;
import io.niovsock.internal.asynchronous.DeferredAsynchronousServerSocketChannel;
import io.niovsock.internal.asynchronous.DeferredAsynchronousSocketChannel;
import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.jdk.PlatformAsynchronousProvider;
import io.niovsock.internal.jdk.PlatformProvider;
import io.niovsock.internal.provider.Availability;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;

/**
 * The {@link AsynchronousChannelProvider} whose channels speak vsock if their address does. It becomes the JVM's
 * default when its jar is on the class path or module path. The system property
 * {@code java.nio.channels.spi.AsynchronousChannelProvider} with the name of this class chooses it explicitly, as does
 * {@link #instance()} in code.
 *
 * <p> Channels from {@code AsynchronousSocketChannel.open()} and {@code AsynchronousServerSocketChannel.open()} are
 * undecided until they are bound or connected. A {@link VsockSocketAddress} makes them vsock. Any other address makes
 * them TCP, that is, the platform's own; {@link Vsock#explain} says what an address means. A group runs the handlers of
 * its TCP and vsock channels in the same threads, and {@code shutdown()} and {@code isTerminated()} mean both kinds.
 * The connections that a TCP listener accepts have the platform's provider.
 *
 * <p> If this JVM cannot have vsock ({@link Vsock#unavailabilityCause}), all channels and groups are the platform's
 * own, as they were without this library, and one line in the log of {@code io.niovsock} says why. A
 * {@link VsockSocketAddress} then leads nowhere.
 *
 * <p> Each method throws an {@code IOException} if no descriptor is left, and an {@code IllegalArgumentException} if a
 * system property of this library is malformed. Safe for use by several threads.
 *
 * @since 0.1
 */
public final class VsockAsynchronousChannelProvider extends AsynchronousChannelProvider {
    /**
     * For the service loader. The native library is loaded when the first channel or group is opened.
     *
     * @throws SecurityException on JDK 17 to 23, if this JVM can neither have vsock nor, for lack of the module
     *     {@code jdk.unsupported}, reach the platform's channels from here: the JVM then has the platform's provider
     */
    public VsockAsynchronousChannelProvider() {
        this(PlatformProvider.mayBeOutOfReach());
    }

    /** @param givesWay false for {@link #instance()}, which never stands in the way of the platform's provider */
    private VsockAsynchronousChannelProvider(boolean givesWay) {
        if (givesWay)
            Availability.requireLasting();
    }

    /** {@return the JVM's default provider if that is of this class, else an instance for explicit use} */
    public static VsockAsynchronousChannelProvider instance() {
        JvmProvider.bypassed();
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final VsockAsynchronousChannelProvider INSTANCE =
            AsynchronousChannelProvider.provider() instanceof VsockAsynchronousChannelProvider installed ? installed
                : new VsockAsynchronousChannelProvider(false);
    }

    /**
     * Opens a group with a fixed number of threads.
     *
     * @param nThreads the number of threads
     * @param threadFactory makes them
     * @return the group
     * @throws IllegalArgumentException if the number is not positive
     * @throws NullPointerException if the factory is null
     */
    @Override
    public AsynchronousChannelGroup openAsynchronousChannelGroup(int nThreads, ThreadFactory threadFactory)
        throws IOException {
        return openGroup(platform -> platform.openAsynchronousChannelGroup(nThreads, threadFactory));
    }

    /**
     * Opens a group with the threads of an executor.
     *
     * @param executor has the threads
     * @param initialSize the number of tasks with which the group begins, or a negative number for the platform's
     *     choice
     * @return the group
     * @throws NullPointerException if the executor is null
     */
    @Override
    public AsynchronousChannelGroup openAsynchronousChannelGroup(ExecutorService executor, int initialSize)
        throws IOException {
        return openGroup(platform -> platform.openAsynchronousChannelGroup(executor, initialSize));
    }

    private AsynchronousChannelGroup openGroup(ChannelGroup.Opener opener) throws IOException {
        return Availability.isNowOrTold() ? ChannelGroup.open(this, opener)
            : opener.open(PlatformAsynchronousProvider.get());
    }

    /**
     * Opens a listener that becomes TCP or vsock by the address that it is bound to.
     *
     * @param group the group, or null for the JVM's default group
     * @return the listener
     * @throws java.nio.channels.IllegalChannelGroupException if the group is of another provider
     * @throws java.nio.channels.ShutdownChannelGroupException if the group is shut down
     */
    @Override
    public AsynchronousServerSocketChannel openAsynchronousServerSocketChannel(AsynchronousChannelGroup group)
        throws IOException {
        return Availability.isNowOrTold() ? DeferredAsynchronousServerSocketChannel.open(this, group)
            : PlatformAsynchronousProvider.get().openAsynchronousServerSocketChannel(group);
    }

    /**
     * Opens a channel that its first address makes TCP or vsock.
     *
     * @param group the group, or null for the JVM's default group
     * @return the channel
     * @throws java.nio.channels.IllegalChannelGroupException if the group is of another provider
     * @throws java.nio.channels.ShutdownChannelGroupException if the group is shut down
     */
    @Override
    public AsynchronousSocketChannel openAsynchronousSocketChannel(AsynchronousChannelGroup group)
        throws IOException {
        return Availability.isNowOrTold() ? DeferredAsynchronousSocketChannel.open(this, group)
            : PlatformAsynchronousProvider.get().openAsynchronousSocketChannel(group);
    }
}
