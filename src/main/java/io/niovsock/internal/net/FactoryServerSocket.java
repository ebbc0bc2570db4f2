// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.net;

import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/** A server socket that is TCP or vsock by its address, independently of the factory that {@code java.net} has. */
public final class FactoryServerSocket extends ServerSocket {
    private final DeferredSocketImpl impl;
    private final SelectorProvider provider;
    private final VsockSocketAddress endpoint; // the target of every bind; null: the argument of the bind

    private FactoryServerSocket(DeferredSocketImpl impl, SelectorProvider provider, VsockSocketAddress endpoint) {
        super(impl);
        this.impl = impl;
        this.provider = provider;
        this.endpoint = endpoint;
    }

    /**
     * @param provider opens the vsock channels, if the address is vsock
     * @param endpoint replaces the argument of every bind, unless it is null
     */
    public static FactoryServerSocket open(SelectorProvider provider, VsockSocketAddress endpoint) {
        return new FactoryServerSocket(new DeferredSocketImpl(DeferredSocketImpl.Kind.SERVER, provider), provider,
            endpoint);
    }

    @Override
    public void bind(SocketAddress local, int backlog) throws IOException {
        super.bind(endpoint == null ? local : endpoint, backlog);
    }

    @Override
    public Socket accept() throws IOException {
        if (isClosed())
            throw new SocketException("Socket is closed");
        if (!isBound())
            throw new SocketException("Socket is not bound yet");
        Socket accepted = FactorySocket.open(provider, null);
        implAccept(accepted);
        return accepted;
    }

    /** The superclass caches the answer, but an undecided socket supports more options than a decided one. */
    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return impl.supportedOptions();
    }

    /** The superclass returns the address without its type. */
    @Override
    public SocketAddress getLocalSocketAddress() {
        InetSocketAddress vsock = isBound() ? impl.localVsockOrNull() : null;
        return vsock == null ? super.getLocalSocketAddress() : vsock;
    }
}
