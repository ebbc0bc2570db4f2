package io.niovsock.internal.net;

import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/** A socket that its first address makes TCP or vsock, whatever factory {@code java.net} has. */
public final class FactorySocket extends Socket {
    private final DeferredSocketImpl impl;
    private final VsockSocketAddress destination; // where every connect goes; null: where it is told to

    private FactorySocket(DeferredSocketImpl impl, VsockSocketAddress destination) throws SocketException {
        super(impl);
        this.impl = impl;
        this.destination = destination;
    }

    /**
     * @param provider opens the vsock channel, if it comes to that
     * @param destination where every connect goes, whatever it is told; null: where it is told to
     */
    public static FactorySocket open(SelectorProvider provider, VsockSocketAddress destination) throws SocketException {
        return new FactorySocket(new DeferredSocketImpl(DeferredSocketImpl.Kind.CLIENT, provider), destination);
    }

    @Override
    public void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        super.connect(destination == null ? remote : destination, timeoutMillis);
    }

    /** The superclass asks once; an undecided socket supports more than one that is decided. */
    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return impl.supportedOptions();
    }

    /** The superclass tells the address, but not its type. */
    @Override
    public SocketAddress getRemoteSocketAddress() {
        VsockSocketAddress vsock = isConnected() ? impl.remoteVsockOrNull() : null;
        return vsock == null ? super.getRemoteSocketAddress() : vsock;
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        VsockSocketAddress vsock = isBound() && !isClosed() ? impl.localVsockOrNull() : null;
        return vsock == null ? super.getLocalSocketAddress() : vsock;
    }
}
