// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.net;

import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/** A socket that is TCP or vsock by its first address, independently of the factory that {@code java.net} has. */
public final class FactorySocket extends Socket {
    private final DeferredSocketImpl impl;
    private final VsockSocketAddress destination; // the target of every connect; null: the argument of the connect

    private FactorySocket(DeferredSocketImpl impl, VsockSocketAddress destination) throws SocketException {
        super(impl);
        this.impl = impl;
        this.destination = destination;
    }

    /**
     * @param provider opens the vsock channel, if the address is vsock
     * @param destination replaces the argument of every connect, unless it is null
     */
    public static FactorySocket open(SelectorProvider provider, VsockSocketAddress destination) throws SocketException {
        return new FactorySocket(new DeferredSocketImpl(DeferredSocketImpl.Kind.CLIENT, provider), destination);
    }

    @Override
    public void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        super.connect(destination == null ? remote : destination, timeoutMillis);
    }

    /** The superclass caches the answer, but an undecided socket supports more options than a decided one. */
    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return impl.supportedOptions();
    }

    /** The superclass returns the address without its type. */
    @Override
    public SocketAddress getRemoteSocketAddress() {
        InetSocketAddress vsock = isConnected() ? impl.remoteVsockOrNull() : null;
        return vsock == null ? super.getRemoteSocketAddress() : vsock;
    }

    /** Of a closed socket, even of one that a failed connect has closed, it is the wildcard. */
    @Override
    public SocketAddress getLocalSocketAddress() {
        SocketAddress local = super.getLocalSocketAddress();
        InetSocketAddress vsock = impl.localVsockOrNull();
        return vsock != null && vsock.equals(local) ? vsock : local;
    }
}
