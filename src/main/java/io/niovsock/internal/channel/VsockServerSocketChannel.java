// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.adaptor.VsockServerSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/** A listener at a vsock endpoint. */
public final class VsockServerSocketChannel extends ServerSocketChannel
    implements VsockChannel, VsockServerSocketAdaptor.Listener {

    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final int DEFAULT_BACKLOG = 50; // as the platform's channels have it

    private final Transport transport;
    private final ChannelDescriptor descriptor; // its readLock excludes other accepts
    private final int fd;

    // -- guarded by descriptor

    private VsockSocketAddress localAddress; // null: not bound
    private final SocketOptions options;
    private ServerSocket socket;

    // -- end of what is guarded by descriptor

    /** A socket that is bound to the address and listens, or, if that is null, is not bound. */
    public VsockServerSocketChannel(SelectorProvider provider, Origin origin, VsockSocketAddress localOrNull) {
        super(provider);
        this.transport = origin.transport();
        this.descriptor = new ChannelDescriptor(this, origin);
        this.fd = origin.fd();
        this.options = SocketOptions.ofListener(descriptor);
        this.localAddress = localOrNull;
    }

    @Override
    public ChannelDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public ServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
        synchronized (descriptor) {
            descriptor.ensureOpen();
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
        synchronized (descriptor) {
            descriptor.ensureOpen();
            return localAddress;
        }
    }

    @Override
    public VsockSocketAddress localAddress() {
        synchronized (descriptor) {
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
        synchronized (descriptor) {
            if (socket == null)
                socket = VsockServerSocketAdaptor.of(this);
            return socket;
        }
    }

    @Override
    public void ignoreInterrupts() {
        descriptor.ignoreInterrupts();
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
        descriptor.readLock.lock();
        try {
            descriptor.ensureOpen();
            if (mustBlock)
                descriptor.ensureBlocking();
            boolean blocking = descriptor.isBlocking();
            try {
                beginAccept();
                descriptor.configureFor(timeoutNanos);
                long deadline = ChannelDescriptor.deadlineAfter(timeoutNanos);
                do {
                    accepted = tryAccept(peer);
                } while (descriptor.awaitRetry(blocking, accepted, Constants.POLLIN, deadline, "Accept timed out"));
            } finally {
                try {
                    descriptor.restoreAfter(timeoutNanos);
                } finally {
                    endAccept(accepted >= 0);
                }
            }
            completed = true;
        } finally {
            descriptor.readLock.unlock();
            if (!completed && accepted >= 0)
                discard(accepted); // interrupted just when the connection came
        }
        if (accepted >= 0)
            return connection(accepted, Transport.endpoint(peer));
        if (ChannelDescriptor.isRetryable(accepted))
            return null;
        throw Errno.failed(-accepted, "accept at " + localAddress);
    }

    /** Makes one accept(2). If the peer has given the connection up before that, the next one may be there already. */
    private int tryAccept(int[] peer) {
        int accepted = NATIVES.accept(fd, peer);
        return accepted == -Errno.ECONNABORTED ? -Errno.EINTR : accepted;
    }

    private void beginAccept() throws ClosedChannelException {
        if (descriptor.isInterruptible())
            begin();
        descriptor.enter(descriptor.reader());
        synchronized (descriptor) {
            descriptor.ensureOpen();
            if (localAddress == null)
                throw new NotYetBoundException();
        }
    }

    private void endAccept(boolean completed) throws IOException {
        descriptor.exit(descriptor.reader());
        if (descriptor.isBlocking())
            end(completed);
    }

    private SocketChannel connection(int accepted, VsockSocketAddress peer) throws IOException {
        boolean completed = false;
        try {
            Permissions.checkAccept(peer);
            Origin origin = descriptor.origin().accepted(accepted);
            SocketChannel connection = VsockSocketChannel.of(provider(), origin, peer, options);
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

    // -- mode and close

    @Override
    protected void implConfigureBlocking(boolean blocking) throws IOException {
        descriptor.changeMode(blocking);
    }

    @Override
    protected void implCloseSelectableChannel() {
        descriptor.close();
    }

    // -- selection

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
        synchronized (descriptor) {
            return ServerSocketChannel.class.getName() + '['
                + (!isOpen() ? "closed" : localAddress == null ? "unbound" : localAddress.toString()) + ']';
        }
    }
}
