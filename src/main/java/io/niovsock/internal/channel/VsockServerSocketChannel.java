// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.adaptor.VsockServerSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.jdk.BlockedThread;
import io.niovsock.internal.jdk.SelectableSocket;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.Transport;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** A listener at a vsock endpoint. */
public final class VsockServerSocketChannel extends ServerSocketChannel implements SelectableSocket, VsockServerSocketAdaptor.Listener {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final int DEFAULT_BACKLOG = 50; // as the platform's channels have it

    private final Transport transport;
    private final ChannelDescriptor lifecycle;
    private final int fd;
    private final boolean records;

    // Lock order: acceptLock, lifecycle. Nothing blocks under the last.
    private final ReentrantLock acceptLock = new ReentrantLock();

    private volatile boolean interruptsIgnored;

    // -- guarded by lifecycle

    private VsockSocketAddress localAddress; // null: not bound
    private final SocketOptions options;
    private ServerSocket socket;

    // -- end of what is guarded by lifecycle

    /** A new socket, of a type such as {@link Constants#SOCK_STREAM}. */
    public VsockServerSocketChannel(SelectorProvider provider, Transport transport, int type) throws IOException {
        super(provider);
        this.transport = transport;
        this.fd = transport.socket(type);
        this.records = type == Constants.SOCK_SEQPACKET;
        this.lifecycle = new ChannelDescriptor(this, fd, true);
        this.options = SocketOptions.ofListener(transport, lifecycle);
    }

    /** A socket behind a number that belongs to another channel, which closes it. */
    public VsockServerSocketChannel(SelectorProvider provider, Transport transport, int fd, Closeable owner) {
        super(provider);
        this.transport = transport;
        this.fd = fd;
        this.records = false;
        this.lifecycle = new ChannelDescriptor(this, fd, owner, true);
        this.options = SocketOptions.ofListener(transport, lifecycle);
    }

    /** A listener that this process was started with; the address is null where it is not bound. */
    public VsockServerSocketChannel(SelectorProvider provider, Transport transport, InheritedSocket inherited, VsockSocketAddress local) {
        super(provider);
        this.transport = transport;
        this.fd = inherited.fd();
        this.records = Transport.typeOf(fd) == Constants.SOCK_SEQPACKET;
        this.lifecycle = new ChannelDescriptor(this, inherited);
        this.options = SocketOptions.ofListener(transport, lifecycle);
        this.localAddress = local;
    }

    @Override
    public ServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            if (localAddress != null)
                throw new AlreadyBoundException();
            VsockSocketAddress endpoint = AddressResolver.requireVsockOrAny(local);
            Permissions.checkListen(endpoint);
            VsockSocketAddress bound = transport.bind(fd, endpoint);
            transport.listen(fd, bound, backlog < 1 ? DEFAULT_BACKLOG : backlog);
            localAddress = bound;
        }
        return this;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            return localAddress;
        }
    }

    @Override
    public VsockSocketAddress localAddress() {
        synchronized (lifecycle) {
            return localAddress;
        }
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> option, T value) throws IOException {
        options.set(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return options.get(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return options.supported();
    }

    @Override
    public ServerSocket socket() {
        synchronized (lifecycle) {
            if (socket == null)
                socket = VsockServerSocketAdaptor.of(this);
            return socket;
        }
    }

    @Override
    public void ignoreInterrupts() {
        interruptsIgnored = true;
    }

    // -- accepting

    @Override
    public SocketChannel accept() throws IOException {
        return accept(0, false);
    }

    @Override
    public SocketChannel accept(long timeoutNanos) throws IOException {
        return accept(timeoutNanos, true);
    }

    private SocketChannel accept(long timeoutNanos, boolean mustBlock) throws IOException {
        int[] peer = new int[2];
        int accepted = -Errno.EAGAIN;
        boolean completed = false;
        acceptLock.lock();
        try {
            lifecycle.ensureOpen();
            boolean blocking = lifecycle.isBlocking();
            if (mustBlock && !blocking)
                throw new IllegalBlockingModeException();
            try {
                beginAccept(blocking);
                if (timeoutNanos > 0) {
                    accepted = timedAccept(peer, timeoutNanos);
                } else {
                    lifecycle.configureForCurrentThread();
                    accepted = NATIVES.accept(fd, peer);
                    while (blocking && isRetryable(accepted) && isOpen()) {
                        if (accepted == -Errno.EAGAIN)
                            park(Constants.POLLIN);
                        accepted = NATIVES.accept(fd, peer);
                    }
                }
            } finally {
                try {
                    if (timeoutNanos > 0)
                        lifecycle.tryRestoreBlocking();
                } finally {
                    endAccept(blocking, accepted >= 0);
                }
            }
            completed = true;
        } finally {
            acceptLock.unlock();
            if (!completed && accepted >= 0)
                discard(accepted); // interrupted just when the connection came
        }
        if (accepted >= 0)
            return connection(accepted, Transport.endpoint(peer));
        if (isRetryable(accepted))
            return null;
        throw Errno.failed(-accepted, "accept at " + localAddress);
    }

    private SocketChannel connection(int accepted, VsockSocketAddress peer) throws IOException {
        boolean completed = false;
        try {
            Permissions.checkAccept(peer);
            SocketChannel connection = new VsockSocketChannel(provider(), transport, accepted, records, peer, options);
            completed = true;
            return connection;
        } finally {
            if (!completed)
                discard(accepted);
        }
    }

    private void discard(int accepted) {
        transport.end(accepted, false);
        NATIVES.close(accepted);
    }

    private int timedAccept(int[] peer, long timeoutNanos) throws IOException {
        long start = System.nanoTime();
        lifecycle.configureBlocking(false); // another process may take a connection between the poll and the accept
        int accepted = NATIVES.accept(fd, peer);
        while (isRetryable(accepted) && isOpen()) {
            long left = timeoutNanos - (System.nanoTime() - start);
            if (left <= 0)
                throw new SocketTimeoutException("Accept timed out");
            park(Constants.POLLIN, left);
            accepted = NATIVES.accept(fd, peer);
        }
        return accepted;
    }

    /** A connection that its peer has given up before it was accepted is none. */
    private static boolean isRetryable(int result) {
        return result == -Errno.EAGAIN || result == -Errno.EINTR || result == -Errno.ECONNABORTED;
    }

    private void beginAccept(boolean blocking) throws ClosedChannelException {
        if (blocking && (!interruptsIgnored || BlockedThread.isCurrentVirtual()))
            begin();
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            if (localAddress == null)
                throw new NotYetBoundException();
            if (blocking)
                lifecycle.enter(lifecycle.reader());
        }
    }

    private void endAccept(boolean blocking, boolean completed) throws IOException {
        if (blocking) {
            lifecycle.exit(lifecycle.reader());
            end(completed);
        }
    }

    // -- close

    @Override
    protected void implConfigureBlocking(boolean blocking) throws IOException {
        acceptLock.lock();
        try {
            lifecycle.changeMode(blocking);
        } finally {
            acceptLock.unlock();
        }
    }

    @Override
    protected void implCloseSelectableChannel() {
        boolean blocking = lifecycle.isBlocking();
        synchronized (lifecycle) {
            lifecycle.beginClose();
            if (!lifecycle.isInherited())
                transport.end(fd, isRegistered());
            if (blocking)
                lifecycle.finishCloseOrKill();
        }
        if (blocking)
            return;
        awaitAccept();
        synchronized (lifecycle) {
            lifecycle.finishCloseOrKill();
        }
    }

    @Override
    public void kill() {
        awaitAccept();
        synchronized (lifecycle) {
            lifecycle.tryFinishClose();
        }
    }

    private void awaitAccept() {
        acceptLock.lock(); // in non-blocking mode an accept ends by itself, at once
        acceptLock.unlock();
    }

    // -- selection

    @Override
    public FileDescriptor getFD() {
        return lifecycle.descriptor();
    }

    @Override
    public int getFDVal() {
        return fd;
    }

    @Override
    public int translateInterestOps(int interest) {
        return (interest & SelectionKey.OP_ACCEPT) != 0 ? Constants.POLLIN : 0;
    }

    @Override
    public int readyOps(int events, int interest) {
        return (events & Constants.POLLIN) != 0 ? interest & SelectionKey.OP_ACCEPT : 0;
    }

    @Override
    public String toString() {
        synchronized (lifecycle) {
            return ServerSocketChannel.class.getName() + '['
                + (!isOpen() ? "closed" : localAddress == null ? "unbound" : localAddress.toString()) + ']';
        }
    }
}
