// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.deferred;

import io.niovsock.internal.adaptor.DeferredServerSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Use;
import io.niovsock.internal.channel.VsockServerSocketChannel;
import io.niovsock.internal.jdk.DelegatingSocket;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.options.RecordedOptions;
import io.niovsock.internal.trace.Trace;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/** A listener that is TCP or vsock, by the address that it is bound to. */
public final class DeferredServerSocketChannel extends ServerSocketChannel
    implements DelegatingSocket, DeferredServerSocketAdaptor.Holder {
    private final Deferral<ServerSocketChannel> deferral;
    private volatile ServerSocket socket;

    /** A new channel, as the platform's type: its callers are linked without this class. */
    public static ServerSocketChannel of(SelectorProvider provider, Deferral.Opener<ServerSocketChannel> platform) {
        return new DeferredServerSocketChannel(provider, platform);
    }

    private DeferredServerSocketChannel(SelectorProvider provider, Deferral.Opener<ServerSocketChannel> platform) {
        super(provider);
        deferral = new Deferral<>(this, RecordedOptions.Kind.LISTENER, platform);
    }

    @Override
    public ServerSocketChannel target() {
        return deferral.target();
    }

    @Override
    public void ensureOpened() throws IOException {
        deferral.opened();
    }

    @Override
    public void setSoTimeout(int timeoutMillis) throws IOException {
        deferral.setSoTimeout(timeoutMillis);
    }

    @Override
    public ServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
        SocketAddress address = AddressResolver.ofListenerOrNull(local);
        if (isOpen()) // otherwise the delegate throws its own exception
            decideFor(address);
        deferral.opened().bind(address, backlog);
        return this;
    }

    private void decideFor(SocketAddress local) throws IOException {
        if (!deferral.isDecided())
            Trace.binding("ServerSocketChannel", local);
        if (local == null || AddressResolver.vsockOrNull(local, Use.BIND) == null) {
            if (local == null || AddressResolver.isUsableByPlatform(local))
                deferral.decideForPlatform();
            return;
        }
        deferral.decideForVsock(Transport.ofNew(MethodHandles.lookup()), Constants.SOCK_STREAM,
            origin -> VsockServerSocketChannel.open(provider(), origin));
        if (!(target() instanceof VsockServerSocketChannel) && target().getLocalAddress() == null)
            throw AddressResolver.alreadyPlatforms(local, "TCP");
    }

    @Override
    public SocketChannel accept() throws IOException {
        try {
            return deferral.refusedWhileUndecided(ServerSocketChannel::accept);
        } finally {
            closeIfTargetClosed();
        }
    }

    @Override
    public Socket acceptSocket() throws IOException {
        try {
            return deferral.refusedWhileUndecided(target -> target.socket().accept());
        } finally {
            closeIfTargetClosed();
        }
    }

    private void closeIfTargetClosed() throws IOException {
        deferral.closeIfTargetClosed();
    }

    @Override
    public ServerSocket socket() {
        synchronized (deferral) {
            if (socket == null)
                socket = DeferredServerSocketAdaptor.of(this);
            return socket;
        }
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        return deferral.localAddress();
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> option, T value) throws IOException {
        deferral.setOption(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return deferral.getOption(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return deferral.supportedOptions();
    }

    @Override
    protected void implConfigureBlocking(boolean blocking) throws IOException {
        deferral.configureBlocking(blocking);
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        deferral.close();
    }

    @Override
    public void kill() throws IOException {
        deferral.kill();
    }

    @Override
    public String toString() {
        return deferral.describe("unbound");
    }
}
