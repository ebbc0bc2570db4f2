// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.channel.VsockServerSocketChannel;
import io.niovsock.internal.channel.VsockSocketChannel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;

/** An asynchronous listener at a vsock endpoint. */
final class VsockAsynchronousServerSocketChannel extends AsynchronousServerSocketChannel {
    private final VsockServerSocketChannel socket;
    private final ChannelGroup group;
    private final VsockMember member;
    private final Direction accepting;

    VsockAsynchronousServerSocketChannel(AsynchronousChannelProvider provider, ChannelGroup group,
                                         VsockServerSocketChannel socket) {
        super(provider);
        this.socket = socket;
        this.group = group;
        this.member = VsockMember.ofListener(group, this, socket);
        this.accepting = member.direction(SelectionKey.OP_ACCEPT, "Accepting not allowed due to cancellation",
            AcceptPendingException::new);
    }

    /** Accepts a connection. Its handler may take long, and others may be waiting: the caller does not call it. */
    private final class Accept<A> extends Operation<AsynchronousSocketChannel, A> {
        Accept(CompletionHandler<AsynchronousSocketChannel, ? super A> handlerOrNull, A attachment) {
            super(accepting, handlerOrNull, attachment);
        }

        @Override
        boolean attempt() throws IOException {
            VsockSocketChannel accepted = (VsockSocketChannel) socket.accept();
            return accepted != null && succeed(connection(accepted));
        }

        @Override
        boolean mayEndInCaller() {
            return false;
        }

        @Override
        void discard(AsynchronousSocketChannel untaken) {
            try {
                untaken.close();
            } catch (IOException e) {
                // no thread waits for it
            }
        }
    }

    private AsynchronousSocketChannel connection(VsockSocketChannel accepted) throws IOException {
        boolean completed = false;
        try {
            if (group.isShutdown())
                throw new IOException("the group of the listener is shut down", new ShutdownChannelGroupException());
            accepted.configureBlocking(false);
            AsynchronousSocketChannel connection =
                new VsockAsynchronousSocketChannel(provider(), group, accepted);
            if (!group.join(connection))
                throw new AsynchronousCloseException();
            completed = true;
            return connection;
        } finally {
            if (!completed)
                accepted.close();
        }
    }

    @Override
    public <A> void accept(A attachment, CompletionHandler<AsynchronousSocketChannel, ? super A> handler) {
        accept(new Accept<>(Objects.requireNonNull(handler, "'handler' is null"), attachment));
    }

    @Override
    public Future<AsynchronousSocketChannel> accept() {
        return accept(new Accept<>(null, null));
    }

    private Future<AsynchronousSocketChannel> accept(Operation<AsynchronousSocketChannel, ?> operation) {
        if (!isOpen())
            return operation.fail(new ClosedChannelException());
        if (socket.localAddress() == null)
            throw new NotYetBoundException();
        return operation.start(0);
    }

    /** Refuses an address before it looks at the state, as the platform's listener does. */
    @Override
    public AsynchronousServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
        AddressResolver.requireVsockOrAny(local);
        socket.bind(local, backlog);
        return this;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        return socket.getLocalAddress();
    }

    @Override
    public <T> AsynchronousServerSocketChannel setOption(SocketOption<T> option, T value) throws IOException {
        socket.setOption(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return socket.getOption(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return socket.supportedOptions();
    }

    @Override
    public boolean isOpen() {
        return member.isOpen();
    }

    @Override
    public void close() throws IOException {
        member.close();
    }

    @Override
    public String toString() {
        return socket.toString().replace("ServerSocketChannel[", "AsynchronousServerSocketChannel[");
    }
}
