package io.niovsock.internal.socket;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.nio.channels.ServerSocketChannel;

/** What a {@code ServerSocket} does over vsock. */
final class VsockServerSocketImpl extends ChannelSocketImpl {
    private final ServerSocketChannel channel;
    private final ChannelServerSocket.Listener listener;
    private volatile VsockSocketAddress requested; // what bind was given: a channel binds when it is to listen

    VsockServerSocketImpl() throws IOException {
        this(VsockSelectorProvider.instance().openServerSocketChannel(VsockProtocolFamily.VSOCK));
    }

    private VsockServerSocketImpl(ServerSocketChannel channel) {
        super(channel);
        this.channel = channel;
        this.listener = (ChannelServerSocket.Listener) channel;
        listener.ignoreInterrupts();
    }

    @Override
    VsockSocketAddress localAddress() {
        VsockSocketAddress bound = (VsockSocketAddress) listener.localAddress();
        return bound == null ? requested : bound;
    }

    @Override
    void bind(VsockSocketAddress local) {
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
            Reference.reachabilityFence(this); // who blocks here has not forgotten the socket
        }
    }

    @Override
    protected InetAddress getInetAddress() {
        VsockSocketAddress local = localAddress();
        return local == null ? null : local.getAddress();
    }
}
