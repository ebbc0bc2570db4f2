// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.adaptor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static io.niovsock.internal.adaptor.SocketExceptions.translating;

/** The server socket that {@code channel.socket()} gives for a vsock channel. */
public final class VsockServerSocketAdaptor extends ServerSocketAdaptor {
    /** A listener, with the methods that this adaptor needs beyond a channel's public ones. */
    public interface Listener {
        /** Accepts a connection in blocking mode, within a limit. */
        SocketChannel accept(long timeoutNanos) throws IOException;

        /** The local address, or null; available after the close, too. */
        InetSocketAddress localAddress();

        /**
         * From now on, only the interrupt of a virtual thread that waits closes the channel, as with the sockets of
         * {@code java.net}.
         */
        void ignoreInterrupts();
    }

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Listener listener;
    private volatile int timeoutMillis;

    private VsockServerSocketAdaptor(ServerSocketChannel channel, Listener listener) {
        super(channel);
        this.listener = listener;
    }

    public static <C extends ServerSocketChannel & Listener> ServerSocket of(C channel) {
        return UnusedSocketImpl.adaptor(() -> new VsockServerSocketAdaptor(channel, channel));
    }

    @Override
    public void bind(SocketAddress local, int backlog) throws IOException {
        translating(() -> channel.bind(local, backlog));
    }

    @Override
    public Socket accept() throws IOException {
        int timeout = timeoutMillis;
        SocketChannel accepted = translating(() ->
            timeout > 0 ? listener.accept(timeout * NANOS_PER_MILLI) : channel.accept());
        if (accepted == null) // like the platform's adaptor, this accepts a waiting connection in either mode
            throw new IllegalBlockingModeException();
        return accepted.socket();
    }

    @Override
    public InetAddress getInetAddress() {
        InetSocketAddress local = listener.localAddress();
        return local == null ? null : local.getAddress();
    }

    @Override
    public int getLocalPort() {
        InetSocketAddress local = listener.localAddress();
        return local == null ? -1 : local.getPort();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return listener.localAddress();
    }

    @Override
    public boolean isBound() {
        return listener.localAddress() != null;
    }

    private void ensureOpen() throws SocketException {
        if (!channel.isOpen())
            throw new SocketException("Socket is closed");
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        ensureOpen();
        timeoutMillis = SocketAdaptor.requireTimeout(timeout);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        ensureOpen();
        return timeoutMillis;
    }

    @Override
    public String toString() {
        return isBound()
            ? "ServerSocket[addr=" + getInetAddress() + ",localport=" + getLocalPort() + "]"
            : "ServerSocket[unbound]";
    }
}
