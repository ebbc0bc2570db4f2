// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.net;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.internal.adaptor.VsockServerSocketAdaptor;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.SelectorProvider;

/** The implementation of a {@code ServerSocket} over vsock. */
final class VsockServerSocketImpl extends VsockSocketImplBase {
    private final ServerSocketChannel channel;
    private final VsockServerSocketAdaptor.Listener listener;
    private volatile InetSocketAddress requested; // the argument of bind; the channel binds in listen

    VsockServerSocketImpl(SelectorProvider provider) throws IOException {
        this(provider.openServerSocketChannel(VsockProtocolFamily.VSOCK));
    }

    private VsockServerSocketImpl(ServerSocketChannel channel) {
        super(channel);
        this.channel = channel;
        this.listener = (VsockServerSocketAdaptor.Listener) channel;
        listener.ignoreInterrupts();
    }

    @Override
    InetSocketAddress localAddress() {
        InetSocketAddress bound = listener.localAddress();
        return bound == null ? requested : bound;
    }

    @Override
    void bind(InetSocketAddress local) {
        requested = local;
    }

    @Override
    protected void listen(int backlog) throws IOException {
        translating(() -> channel.bind(requested, backlog));
    }

    VsockSocketImpl accept() throws IOException {
        try {
            return new VsockSocketImpl(translating(() -> listener.accept(timeoutNanos())));
        } finally {
            Reference.reachabilityFence(this); // or else the Cleaner could close the channel under this thread
        }
    }

    @Override
    protected InetAddress getInetAddress() {
        InetSocketAddress local = localAddress();
        return local == null ? null : local.getAddress();
    }
}
