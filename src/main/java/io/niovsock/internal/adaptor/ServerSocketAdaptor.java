// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.adaptor;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.Set;

import static io.niovsock.internal.adaptor.SocketExceptions.narrowing;

/** A server socket that shares its channel's options and close. */
abstract class ServerSocketAdaptor extends ServerSocket {
    static final int DEFAULT_BACKLOG = 50; // the default of java.net.ServerSocket

    final ServerSocketChannel channel;

    ServerSocketAdaptor(ServerSocketChannel channel) {
        super(new UnusedSocketImpl());
        this.channel = channel;
    }

    @Override
    public ServerSocketChannel getChannel() {
        return channel;
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        bind(local, DEFAULT_BACKLOG);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public <T> ServerSocket setOption(SocketOption<T> option, T value) throws IOException {
        channel.setOption(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return channel.getOption(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return channel.supportedOptions();
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        narrowing(() -> channel.setOption(StandardSocketOptions.SO_REUSEADDR, on));
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return narrowing(() -> channel.getOption(StandardSocketOptions.SO_REUSEADDR));
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        SocketAdaptor.requirePositive("receive", size);
        narrowing(() -> channel.setOption(StandardSocketOptions.SO_RCVBUF, size));
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return narrowing(() -> channel.getOption(StandardSocketOptions.SO_RCVBUF));
    }

    @Override
    public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) { }
}
