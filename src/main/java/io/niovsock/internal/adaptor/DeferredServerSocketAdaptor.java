// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.adaptor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;

/** The server socket of a deferred channel. It delegates like {@link DeferredSocketAdaptor}. */
public final class DeferredServerSocketAdaptor extends ServerSocketAdaptor {
    /** A deferred channel, with the methods that this adaptor needs beyond a channel's public ones. */
    public interface Holder {
        ServerSocketChannel target();

        /** Opens the delegate, if nothing has needed it before. */
        void ensureOpened() throws IOException;

        void setSoTimeout(int timeoutMillis) throws IOException;

        Socket acceptSocket() throws IOException;
    }

    private final Holder holder;

    private DeferredServerSocketAdaptor(ServerSocketChannel channel, Holder holder) {
        super(channel);
        this.holder = holder;
    }

    public static <C extends ServerSocketChannel & Holder> ServerSocket of(C channel) {
        return UnusedSocketImpl.adaptor(() -> new DeferredServerSocketAdaptor(channel, channel));
    }

    private ServerSocket target() {
        return holder.target().socket();
    }

    @Override
    public void bind(SocketAddress local, int backlog) throws IOException {
        SocketAddress where = local == null ? new InetSocketAddress(0) : local;
        SocketExceptions.translating(() -> channel.bind(where, backlog));
    }

    @Override
    public Socket accept() throws IOException {
        return holder.acceptSocket();
    }

    @Override
    public InetAddress getInetAddress() {
        return target().getInetAddress();
    }

    @Override
    public int getLocalPort() {
        return target().getLocalPort();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return target().getLocalSocketAddress();
    }

    @Override
    public boolean isBound() {
        return target().isBound();
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        SocketExceptions.narrowing(() -> holder.setSoTimeout(timeout));
    }

    @Override
    public int getSoTimeout() throws IOException {
        holder.ensureOpened();
        return target().getSoTimeout();
    }

    @Override
    public String toString() {
        return target().toString();
    }
}
