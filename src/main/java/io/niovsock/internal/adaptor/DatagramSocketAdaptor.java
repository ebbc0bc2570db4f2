// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.adaptor;

import io.niovsock.internal.jdk.DatagramSockets;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Set;

import static io.niovsock.internal.adaptor.SocketExceptions.narrowing;

/**
 * A datagram socket that shares its channel's options and close. It is a {@code MulticastSocket} because the platform's
 * adaptors are, and programs cast them.
 */
abstract class DatagramSocketAdaptor extends MulticastSocket {
    final DatagramChannel channel;

    DatagramSocketAdaptor(DatagramChannel channel) throws IOException {
        super(DatagramSockets.noDelegate());
        if (DatagramSockets.noDelegate() == null)
            super.close(); // the unbound socket that the constructor has made
        this.channel = channel;
    }

    /** Throws the channel's exception, as the platform's adaptors do. */
    static void requireInet(SocketAddress address) {
        if (address != null && !(address instanceof InetSocketAddress))
            throw new UnsupportedAddressTypeException();
    }

    @Override
    public DatagramChannel getChannel() {
        return channel;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new AssertionError("a datagram channel closes without waiting for anything", e);
        }
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public <T> DatagramSocket setOption(SocketOption<T> option, T value) throws IOException {
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

    private <T> void set(SocketOption<T> option, T value) throws SocketException {
        narrowing(() -> channel.setOption(option, value));
    }

    private <T> T get(SocketOption<T> option) throws SocketException {
        return narrowing(() -> channel.getOption(option));
    }

    @Override
    public void setSendBufferSize(int size) throws SocketException {
        set(StandardSocketOptions.SO_SNDBUF, SocketAdaptor.requirePositive("send", size));
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return get(StandardSocketOptions.SO_SNDBUF);
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        set(StandardSocketOptions.SO_RCVBUF, SocketAdaptor.requirePositive("receive", size));
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return get(StandardSocketOptions.SO_RCVBUF);
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        set(StandardSocketOptions.SO_REUSEADDR, on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return get(StandardSocketOptions.SO_REUSEADDR);
    }

    @Override
    public void setBroadcast(boolean on) throws SocketException {
        set(StandardSocketOptions.SO_BROADCAST, on);
    }

    @Override
    public boolean getBroadcast() throws SocketException {
        return get(StandardSocketOptions.SO_BROADCAST);
    }

    @Override
    public void setTrafficClass(int trafficClass) throws SocketException {
        set(StandardSocketOptions.IP_TOS, trafficClass);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return get(StandardSocketOptions.IP_TOS);
    }
}
