// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.deferred;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.adaptor.DeferredSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Use;
import io.niovsock.internal.channel.VsockSocketChannel;
import io.niovsock.internal.jdk.ChannelStreams;
import io.niovsock.internal.jdk.DelegatingSocket;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.options.RecordedOptions;
import io.niovsock.internal.trace.Trace;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/** A connection that is TCP or vsock, by its first address. A wildcard address with port 0 does not decide. */
public final class DeferredSocketChannel extends SocketChannel
    implements DelegatingSocket, DeferredSocketAdaptor.Holder {
    private final Deferral<SocketChannel> deferral;
    private volatile Socket socket;

    /** A new channel, as the platform's type: its callers are linked without this class. */
    public static SocketChannel of(SelectorProvider provider, Deferral.Opener<SocketChannel> platform) {
        return new DeferredSocketChannel(provider, platform);
    }

    private DeferredSocketChannel(SelectorProvider provider, Deferral.Opener<SocketChannel> platform) {
        super(provider);
        deferral = new Deferral<>(this, RecordedOptions.Kind.CONNECTION, platform);
    }

    @Override
    public SocketChannel target() {
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
    public SocketChannel bind(SocketAddress local) throws IOException {
        if (deferral.isBoundUndecided())
            throw new AlreadyBoundException();
        if (local != null && !AddressResolver.isWildcardWithPortZero(local))
            decideFor(local, Use.BIND);
        deferral.opened().bind(local);
        return this;
    }

    @Override
    public void decideFor(SocketAddress remote) throws IOException {
        decideFor(remote, Use.CONNECT);
    }

    private void decideFor(SocketAddress address, Use use) throws IOException {
        if (!isOpen())
            return; // the delegate throws its own exception
        if (!deferral.isDecided())
            Trace.deciding("SocketChannel", use, address);
        VsockSocketAddress vsock = AddressResolver.vsockOrNull(address, use);
        if (vsock == null) {
            if (AddressResolver.isUsableByPlatform(address))
                deferral.decideForPlatform();
            return;
        }
        deferral.decideForVsock(Transport.ofNew(MethodHandles.lookup(), vsock),
            Constants.SOCK_STREAM | Constants.SOCK_NONBLOCK,
            origin -> VsockSocketChannel.open(provider(), origin));
        if (!(target() instanceof VsockSocketChannel) && !isConnected() && !isConnectionPending())
            throw AddressResolver.alreadyPlatforms(address, "TCP");
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        try {
            if (isConnected() || isConnectionPending())
                return target().connect(remote); // throws, and stays open unless the thread is interrupted
            return decideAndConnect(remote);
        } finally {
            closeIfTargetClosed();
        }
    }

    private boolean decideAndConnect(SocketAddress remote) throws IOException {
        try {
            decideFor(remote);
            return deferral.connect(target -> target.connect(remote));
        } catch (IOException e) {
            close(); // even if no vsock socket could be created
            throw e;
        }
    }

    @Override
    public void closeIfTargetClosed() throws IOException {
        deferral.closeIfTargetClosed();
    }

    @Override
    public boolean finishConnect() throws IOException {
        try {
            return deferral.refusedWhileUndecided(target -> deferral.connect(SocketChannel::finishConnect));
        } finally {
            closeIfTargetClosed();
        }
    }

    @Override
    public boolean isConnected() {
        return deferral.isDecided() && target().isConnected();
    }

    @Override
    public boolean isConnectionPending() {
        return deferral.isDecided() && target().isConnectionPending();
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        try {
            return mayStreamBeCaller(dst) ? deferral.streams().read(dst) : deferral.opened().read(dst);
        } finally {
            closeIfTargetClosed();
        }
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        try {
            return deferral.opened().read(dsts, offset, length);
        } finally {
            closeIfTargetClosed();
        }
    }

    private boolean mayStreamBeCaller(ByteBuffer buffer) {
        return deferral.isDecided() && ChannelStreams.mayBeCaller(this, buffer);
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        try {
            return mayStreamBeCaller(src) ? deferral.streams().write(src) : deferral.opened().write(src);
        } finally {
            closeIfTargetClosed();
        }
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        try {
            return deferral.opened().write(srcs, offset, length);
        } finally {
            closeIfTargetClosed();
        }
    }

    @Override
    public SocketChannel shutdownInput() throws IOException {
        deferral.opened().shutdownInput();
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() throws IOException {
        deferral.opened().shutdownOutput();
        return this;
    }

    @Override
    public Socket socket() {
        synchronized (deferral) {
            if (socket == null)
                socket = DeferredSocketAdaptor.of(this);
            return socket;
        }
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        return deferral.localAddress();
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        return deferral.isDecided() || !isOpen() ? deferral.opened().getRemoteAddress() : null;
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> option, T value) throws IOException {
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
        if (socket != null && deferral.isDecided())
            target().socket(); // reads the addresses, which a closed socket still returns
        deferral.close();
    }

    @Override
    public void kill() throws IOException {
        deferral.kill();
    }

    @Override
    public String toString() {
        return deferral.describe("unconnected");
    }
}
