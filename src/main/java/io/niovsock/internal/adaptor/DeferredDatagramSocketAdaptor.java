// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.adaptor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.IllegalBlockingModeException;

import static io.niovsock.internal.adaptor.SocketExceptions.narrowing;
import static io.niovsock.internal.adaptor.SocketExceptions.translating;

/** The datagram socket of a deferred channel. It delegates like {@link DeferredSocketAdaptor}. */
@SuppressWarnings({"deprecation", "removal"}) // deprecated methods are passed on, too
public final class DeferredDatagramSocketAdaptor extends DatagramSocketAdaptor {
    /** A deferred channel, with the methods that this adaptor needs beyond a channel's public ones. */
    public interface Holder {
        DatagramChannel target();

        void setSoTimeout(int timeoutMillis) throws IOException;

        void decideFor(SocketAddress address) throws IOException;

        void decideForPlatform() throws IOException;

        boolean isVsock();

        void closeIfTargetClosed() throws IOException;
    }

    private final Holder holder;
    private volatile Integer timeToLive; // null: not set; what was set before the socket became vsock is read back
    private volatile Boolean loopbackDisabled; // the same

    private DeferredDatagramSocketAdaptor(DatagramChannel channel, Holder holder) throws IOException {
        super(channel);
        this.holder = holder;
    }

    public static <C extends DatagramChannel & Holder> DatagramSocket of(C channel) {
        try {
            return new DeferredDatagramSocketAdaptor(channel, channel);
        } catch (IOException e) {
            throw new UncheckedIOException("no socket() for " + channel, e);
        }
    }

    private DatagramSocket target() {
        return holder.target().socket();
    }

    private void decideFor(SocketAddress address) throws SocketException {
        narrowing(() -> holder.decideFor(address));
    }

    @Override
    public void bind(SocketAddress local) throws SocketException {
        DatagramSocketAdaptor.requireInet(local);
        narrowing(() -> channel.bind(local));
    }

    @Override
    public void connect(SocketAddress remote) throws SocketException {
        decideFor(remote);
        target().connect(remote);
    }

    @Override
    public void connect(InetAddress address, int port) {
        if (address != null && port >= 0 && port <= 65535) {
            try {
                decideFor(new InetSocketAddress(address, port));
            } catch (SocketException e) {
                throw new UncheckedIOException("connect failed", e);
            }
        }
        target().connect(address, port);
    }

    @Override
    public void disconnect() {
        target().disconnect();
    }

    private void decideFor(DatagramPacket packet) throws IOException {
        SocketAddress address;
        synchronized (packet) {
            address = packet.getAddress() == null ? null : packet.getSocketAddress();
        }
        if (address != null && !holder.isVsock()) {
            if (channel.isOpen() && !channel.isBlocking())
                throw new IllegalBlockingModeException(); // first: a send that fails must not decide
            translating(() -> holder.decideFor(address));
        }
    }

    @Override
    public void send(DatagramPacket packet) throws IOException {
        decideFor(packet);
        try {
            target().send(packet);
        } finally {
            holder.closeIfTargetClosed();
        }
    }

    @Override
    public void receive(DatagramPacket packet) throws IOException {
        holder.decideForPlatform();
        try {
            target().receive(packet);
        } finally {
            holder.closeIfTargetClosed();
        }
    }

    @Override
    public InetAddress getInetAddress() {
        return target().getInetAddress();
    }

    @Override
    public int getPort() {
        return target().getPort();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return target().getRemoteSocketAddress();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return target().getLocalSocketAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        return target().getLocalAddress();
    }

    @Override
    public int getLocalPort() {
        return target().getLocalPort();
    }

    @Override
    public boolean isBound() {
        return target().isBound();
    }

    @Override
    public boolean isConnected() {
        return target().isConnected();
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        narrowing(() -> holder.setSoTimeout(timeout));
    }

    @Override
    public int getSoTimeout() throws SocketException {
        return target().getSoTimeout();
    }

    // -- multicast

    private MulticastSocket multicast() {
        return (MulticastSocket) target(); // the adaptors of the platform and of this library are
    }

    @Override
    @Deprecated
    public void setTTL(byte ttl) throws IOException {
        multicast().setTTL(ttl);
        timeToLive = Byte.toUnsignedInt(ttl);
    }

    @Override
    @Deprecated
    public byte getTTL() throws IOException {
        byte its = multicast().getTTL();
        Integer set = timeToLive;
        return set != null && holder.isVsock() ? set.byteValue() : its;
    }

    @Override
    public void setTimeToLive(int ttl) throws IOException {
        multicast().setTimeToLive(ttl);
        timeToLive = ttl;
    }

    @Override
    public int getTimeToLive() throws IOException {
        int its = multicast().getTimeToLive();
        Integer set = timeToLive;
        return set != null && holder.isVsock() ? set : its;
    }

    @Override
    @Deprecated
    public void joinGroup(InetAddress group) throws IOException {
        holder.decideForPlatform();
        multicast().joinGroup(group);
    }

    @Override
    @Deprecated
    public void leaveGroup(InetAddress group) throws IOException {
        multicast().leaveGroup(group);
    }

    @Override
    public void joinGroup(SocketAddress group, NetworkInterface networkInterface) throws IOException {
        holder.decideForPlatform();
        multicast().joinGroup(group, networkInterface);
    }

    @Override
    public void leaveGroup(SocketAddress group, NetworkInterface networkInterface) throws IOException {
        multicast().leaveGroup(group, networkInterface);
    }

    @Override
    @Deprecated
    public void setInterface(InetAddress address) throws SocketException {
        multicast().setInterface(address);
    }

    @Override
    @Deprecated
    public InetAddress getInterface() throws SocketException {
        return multicast().getInterface();
    }

    @Override
    public void setNetworkInterface(NetworkInterface networkInterface) throws SocketException {
        multicast().setNetworkInterface(networkInterface);
    }

    @Override
    public NetworkInterface getNetworkInterface() throws SocketException {
        return multicast().getNetworkInterface();
    }

    @Override
    @Deprecated
    public void setLoopbackMode(boolean disabled) throws SocketException {
        multicast().setLoopbackMode(disabled);
        loopbackDisabled = disabled;
    }

    @Override
    @Deprecated
    public boolean getLoopbackMode() throws SocketException {
        boolean its = multicast().getLoopbackMode();
        Boolean set = loopbackDisabled;
        return set != null && holder.isVsock() ? set : its;
    }

    @Override
    @Deprecated
    public void send(DatagramPacket packet, byte ttl) throws IOException {
        decideFor(packet);
        try {
            multicast().send(packet, ttl);
        } finally {
            holder.closeIfTargetClosed();
        }
    }
}
