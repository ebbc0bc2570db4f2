// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Use;
import io.niovsock.internal.channel.Origin;
import io.niovsock.internal.channel.VsockServerSocketChannel;
import io.niovsock.internal.jdk.PlatformProvider;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.options.RecordedOptions;
import io.niovsock.internal.trace.Trace;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Set;
import java.util.concurrent.Future;

/** An asynchronous listener that is TCP or vsock, by the address that it is bound to. */
public final class DeferredAsynchronousServerSocketChannel extends AsynchronousServerSocketChannel {
    private final ChannelGroup group;
    private final Undecided<AsynchronousServerSocketChannel> undecided;

    private DeferredAsynchronousServerSocketChannel(AsynchronousChannelProvider provider, ChannelGroup group)
        throws IOException {

        super(provider);
        this.group = group;
        this.undecided = new Undecided<>(group, RecordedOptions.Kind.LISTENER, group.openListener());
    }

    /**
     * Opens a listener.
     *
     * @param groupOrNull null: the default group
     */
    public static AsynchronousServerSocketChannel open(AsynchronousChannelProvider provider,
                                                       AsynchronousChannelGroup groupOrNull) throws IOException {
        return new DeferredAsynchronousServerSocketChannel(provider, ChannelGroup.of(provider, groupOrNull));
    }

    private AsynchronousServerSocketChannel target() {
        return undecided.target();
    }

    @Override
    public AsynchronousServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
        SocketAddress address = AddressResolver.ofListenerOrNull(local);
        if (isOpen()) // otherwise the delegate throws its own exception
            decideFor(address);
        target().bind(address, backlog);
        return this;
    }

    private void decideFor(SocketAddress local) throws IOException {
        if (!undecided.isDecided())
            Trace.binding("AsynchronousServerSocketChannel", local);
        if (local == null || AddressResolver.vsockOrNull(local, Use.BIND) == null) {
            if (local == null || AddressResolver.isUsableByPlatform(local))
                undecided.decideForPlatform();
            return;
        }
        undecided.decideForVsock(() -> new VsockAsynchronousServerSocketChannel(provider(), group, openVsock()));
        if (!(target() instanceof VsockAsynchronousServerSocketChannel) && isOpen()
            && target().getLocalAddress() == null)
            throw AddressResolver.alreadyPlatforms(local, "TCP");
    }

    private static VsockServerSocketChannel openVsock() throws IOException {
        VsockServerSocketChannel socket = new VsockServerSocketChannel(PlatformProvider.get(),
            Origin.open(Transport.ofNew(MethodHandles.lookup()),
                Constants.SOCK_STREAM | Constants.SOCK_NONBLOCK), null);
        socket.configureBlocking(false); // makes no system call, which could fail
        return socket;
    }

    @Override
    public Future<AsynchronousSocketChannel> accept() {
        return target().accept();
    }

    @Override
    public <A> void accept(A attachment, CompletionHandler<AsynchronousSocketChannel, ? super A> handler) {
        target().accept(attachment, handler);
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        return target().getLocalAddress();
    }

    @Override
    public <T> AsynchronousServerSocketChannel setOption(SocketOption<T> option, T value) throws IOException {
        undecided.setOption(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return undecided.getOption(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return undecided.supportedOptions();
    }

    @Override
    public boolean isOpen() {
        return target().isOpen();
    }

    @Override
    public void close() throws IOException {
        undecided.close();
    }

    @Override
    public String toString() {
        return target().toString();
    }
}
