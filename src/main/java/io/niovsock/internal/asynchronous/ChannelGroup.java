// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import io.niovsock.internal.jdk.GroupPort;
import io.niovsock.internal.jdk.PlatformAsynchronousProvider;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalChannelGroupException;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A group of the platform's, to which vsock channels belong, too. The platform's group has the threads, and says
 * whether it is shut down and has terminated. It terminates when its last channel is closed, and knows only its own.
 * So while there are vsock channels, one of the platform's, which no program uses, stays open in it.
 */
public final class ChannelGroup extends AsynchronousChannelGroup implements Executor {
    private final AsynchronousChannelProvider opener;
    private final AsynchronousChannelGroup platform; // null: the platform's default group, which is never shut down
    private final Supplier<GroupPort> portOrNull;
    private final Executor executor;
    private final GroupThreads threads;

    // -- guarded by this

    private final Set<AsynchronousChannel> members = new HashSet<>(); // the vsock channels
    private AsynchronousChannel placeholder; // null: there are no vsock channels, or this is the default group
    private boolean shutdownNow;
    private ReadinessPoller poller; // null: no operation has waited in a selector yet

    // -- end of what is guarded by this

    private ChannelGroup(AsynchronousChannelProvider provider, AsynchronousChannelProvider opener,
                         AsynchronousChannelGroup platformOrNull, Supplier<GroupPort> portOrNull,
                         Executor executor) {
        super(provider);
        this.opener = opener;
        this.platform = platformOrNull;
        this.portOrNull = portOrNull;
        this.executor = executor;
        this.threads = new GroupThreads(executor);
    }

    /** Opens the platform's group. */
    public interface Opener {
        AsynchronousChannelGroup open(AsynchronousChannelProvider platform) throws IOException;
    }

    /** A group over one that the platform opens. */
    public static AsynchronousChannelGroup open(AsynchronousChannelProvider provider, Opener group)
        throws IOException {

        AsynchronousChannelProvider opener = PlatformAsynchronousProvider.get();
        AsynchronousChannelGroup platform = group.open(opener);
        if (!(platform instanceof Executor executor)) {
            platform.shutdown();
            throw new IOException("nio-vsock does not support the groups of asynchronous channels of this JDK ("
                + Runtime.version() + ')');
        }
        return new ChannelGroup(provider, opener, platform,
            () -> GroupPort.ofOrNull(MethodHandles.lookup(), platform), executor);
    }

    private static ChannelGroup ofDefault; // guarded by the class

    private static synchronized ChannelGroup ofDefault(AsynchronousChannelProvider provider) throws IOException {
        if (ofDefault == null) {
            AsynchronousChannelProvider opener = PlatformAsynchronousProvider.get();
            AsynchronousSocketChannel closed = opener.openAsynchronousSocketChannel(null);
            closed.close();
            DefaultGroupExecutor executor = new DefaultGroupExecutor(closed);
            ofDefault = new ChannelGroup(provider, opener, null, executor::portOrNull, executor);
        }
        return ofDefault;
    }

    /**
     * The group for an argument of a program.
     *
     * @param groupOrNull null: the default group
     * @throws IllegalChannelGroupException if it is not a group of this library
     */
    static ChannelGroup of(AsynchronousChannelProvider provider, AsynchronousChannelGroup groupOrNull)
        throws IOException {

        if (groupOrNull == null)
            return ofDefault(provider);
        if (groupOrNull instanceof ChannelGroup group)
            return group;
        throw new IllegalChannelGroupException();
    }

    AsynchronousSocketChannel openSocket() throws IOException {
        ensureNotShutdown();
        return opener.openAsynchronousSocketChannel(platform);
    }

    AsynchronousServerSocketChannel openListener() throws IOException {
        ensureNotShutdown();
        return opener.openAsynchronousServerSocketChannel(platform);
    }

    /** The platform throws this, too, but leaves the descriptor of the new socket open (seen on JDK 17). */
    private void ensureNotShutdown() {
        if (isShutdown())
            throw new ShutdownChannelGroupException();
    }

    GroupThreads threads() {
        return threads;
    }

    /** Returns null if this JDK has no port. Called for vsock channels: by then, the native library is loaded. */
    GroupPort portOrNull() {
        return portOrNull.get();
    }

    // -- vsock channels

    /**
     * Adds a vsock channel that replaces one of the platform's.
     *
     * @param replaced stays open if it is the first; otherwise this closes it
     * @return false if the group has closed all its channels: then the program's channel must be closed
     */
    boolean join(AsynchronousChannel vsock, AsynchronousChannel replaced) throws IOException {
        synchronized (this) {
            if (shutdownNow)
                return false;
            members.add(vsock);
            if (placeholder == null && platform != null) {
                placeholder = replaced;
                return true;
            }
        }
        replaced.close();
        return true;
    }

    /**
     * Adds a vsock channel that a listener has accepted.
     *
     * @return false if the listener is closed
     */
    synchronized boolean join(AsynchronousChannel accepted) {
        return !shutdownNow && !members.isEmpty() && members.add(accepted);
    }

    /** Removes a closed vsock channel. */
    void leave(AsynchronousChannel vsock) throws IOException {
        AsynchronousChannel released;
        synchronized (this) {
            if (!members.remove(vsock) || !members.isEmpty() || platform == null)
                return;
            released = placeholder;
            placeholder = null;
            endPollerIfShutdown();
        }
        released.close(); // may be the last channel of a group that is shut down
    }

    /**
     * The thread that waits for channels to become ready.
     *
     * @throws IOException if no descriptor is left for its selector
     */
    synchronized ReadinessPoller poller() throws IOException {
        if (members.isEmpty())
            throw new ClosedChannelException(); // the channel has left meanwhile
        if (poller == null)
            poller = new ReadinessPoller(this::closeMembers);
        return poller;
    }

    /** Called under this. Operations wait only while there are vsock channels. */
    private void endPollerIfShutdown() {
        if (poller != null && members.isEmpty() && platform.isShutdown()) {
            poller.end();
            poller = null;
        }
    }

    private void closeMembers() {
        List<AsynchronousChannel> open;
        synchronized (this) {
            open = new ArrayList<>(members);
        }
        for (AsynchronousChannel member : open) {
            try {
                member.close();
            } catch (IOException e) {
                // the others are closed nevertheless
            }
        }
    }

    // -- the group of the program

    @Override
    public boolean isShutdown() {
        return platform != null && platform.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return platform.isTerminated();
    }

    @Override
    public void shutdown() {
        platform.shutdown();
        synchronized (this) {
            endPollerIfShutdown();
        }
    }

    @Override
    public void shutdownNow() throws IOException {
        synchronized (this) {
            shutdownNow = true;
        }
        platform.shutdown(); // before vsock channels are closed, so that none is opened instead
        closeMembers();
        platform.shutdownNow();
        shutdown();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return platform.awaitTermination(timeout, unit);
    }

    /** The platform's groups can do this, too, though no documentation says so. */
    @Override
    public void execute(Runnable task) {
        executor.execute(task);
    }

    @Override
    public String toString() {
        return platform.toString();
    }
}
