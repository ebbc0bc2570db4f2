// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Use;
import io.niovsock.internal.channel.Origin;
import io.niovsock.internal.channel.VsockSocketChannel;
import io.niovsock.internal.jdk.PlatformProvider;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.options.RecordedOptions;
import io.niovsock.internal.trace.Trace;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** An asynchronous connection that is TCP or vsock, by its first address. A wildcard with port 0 does not decide. */
public final class DeferredAsynchronousSocketChannel extends AsynchronousSocketChannel {
    private final ChannelGroup group;
    private final Undecided<AsynchronousSocketChannel> undecided;
    private volatile boolean connects; // or has connected

    private DeferredAsynchronousSocketChannel(AsynchronousChannelProvider provider, ChannelGroup group)
        throws IOException {

        super(provider);
        this.group = group;
        this.undecided = new Undecided<>(group, RecordedOptions.Kind.CONNECTION, group.openSocket());
    }

    /**
     * Opens a channel.
     *
     * @param groupOrNull null: the default group
     */
    public static AsynchronousSocketChannel open(AsynchronousChannelProvider provider,
                                                 AsynchronousChannelGroup groupOrNull) throws IOException {
        return new DeferredAsynchronousSocketChannel(provider, ChannelGroup.of(provider, groupOrNull));
    }

    private AsynchronousSocketChannel target() {
        return undecided.target();
    }

    // -- deciding

    private void decideFor(SocketAddress address, Use use) throws IOException {
        if (undecided.isDecided() && !isPlatforms())
            return;
        if (!undecided.isDecided())
            Trace.deciding("AsynchronousSocketChannel", use, address);
        VsockSocketAddress vsock = AddressResolver.vsockOrNull(address, use);
        if (vsock != null)
            decideForVsock(vsock);
        else if (AddressResolver.isUsableByPlatform(address))
            undecided.decideForPlatform();
    }

    private boolean isPlatforms() {
        return !(target() instanceof VsockAsynchronousSocketChannel);
    }

    private void decideForVsock(VsockSocketAddress endpoint) throws IOException {
        undecided.decideForVsock(() -> new VsockAsynchronousSocketChannel(provider(), group, openVsock(endpoint)));
        if (isPlatforms() && isOpen() && !connects)
            throw AddressResolver.alreadyPlatforms(endpoint, "TCP");
    }

    private static VsockSocketChannel openVsock(VsockSocketAddress endpoint) throws IOException {
        VsockSocketChannel socket = VsockSocketChannel.of(PlatformProvider.get(),
            Origin.open(Transport.ofNew(MethodHandles.lookup(), endpoint),
                Constants.SOCK_STREAM | Constants.SOCK_NONBLOCK), null);
        socket.configureBlocking(false);
        return socket;
    }

    @Override
    public AsynchronousSocketChannel bind(SocketAddress local) throws IOException {
        if (local != null && !AddressResolver.isWildcardWithPortZero(local)
            && (undecided.isDecided() || target().getLocalAddress() == null))
            decideFor(local, Use.BIND);
        target().bind(local);
        return this;
    }

    @Override
    public Future<Void> connect(SocketAddress remote) {
        try {
            decideToConnect(remote);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        return target().connect(remote);
    }

    @Override
    public <A> void connect(SocketAddress remote, A attachment, CompletionHandler<Void, ? super A> handler) {
        Objects.requireNonNull(handler, "'handler' is null");
        try {
            decideToConnect(remote);
        } catch (IOException e) {
            group.threads().run(() -> handler.failed(e, attachment));
            return;
        }
        target().connect(remote, attachment, handler);
    }

    /** A failed connect closes the channel, even if no vsock socket could be made. */
    private void decideToConnect(SocketAddress remote) throws IOException {
        if (remote == null || !isOpen() || connects)
            return; // the delegate throws its own exception
        try {
            decideFor(remote, Use.CONNECT);
        } catch (IOException e) {
            close();
            throw e;
        }
        connects = undecided.isDecided();
    }

    // -- the delegate's work

    @Override
    public Future<Integer> read(ByteBuffer dst) {
        return target().read(dst);
    }

    @Override
    public <A> void read(ByteBuffer dst, long timeout, TimeUnit unit, A attachment,
                         CompletionHandler<Integer, ? super A> handler) {
        target().read(dst, timeout, unit, attachment, handler);
    }

    @Override
    public <A> void read(ByteBuffer[] dsts, int offset, int length, long timeout, TimeUnit unit, A attachment,
                         CompletionHandler<Long, ? super A> handler) {
        target().read(dsts, offset, length, timeout, unit, attachment, handler);
    }

    @Override
    public Future<Integer> write(ByteBuffer src) {
        return target().write(src);
    }

    @Override
    public <A> void write(ByteBuffer src, long timeout, TimeUnit unit, A attachment,
                          CompletionHandler<Integer, ? super A> handler) {
        target().write(src, timeout, unit, attachment, handler);
    }

    @Override
    public <A> void write(ByteBuffer[] srcs, int offset, int length, long timeout, TimeUnit unit, A attachment,
                          CompletionHandler<Long, ? super A> handler) {
        target().write(srcs, offset, length, timeout, unit, attachment, handler);
    }

    @Override
    public AsynchronousSocketChannel shutdownInput() throws IOException {
        target().shutdownInput();
        return this;
    }

    @Override
    public AsynchronousSocketChannel shutdownOutput() throws IOException {
        target().shutdownOutput();
        return this;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        return target().getLocalAddress();
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        return target().getRemoteAddress();
    }

    @Override
    public <T> AsynchronousSocketChannel setOption(SocketOption<T> option, T value) throws IOException {
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
