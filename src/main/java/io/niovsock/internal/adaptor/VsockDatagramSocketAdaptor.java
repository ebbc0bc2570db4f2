// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.adaptor;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.jdk.DatagramPackets;
import io.niovsock.internal.jdk.DirectMemory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NotYetConnectedException;

import static io.niovsock.internal.adaptor.SocketExceptions.narrowing;

/**
 * The socket that {@code channel.socket()} gives for a vsock datagram channel. A packet carries a vsock endpoint as its
 * vsock-mapped Internet address, so a packet that was received can be sent back.
 */
@SuppressWarnings("removal") // methods of multicast, which are refused
public final class VsockDatagramSocketAdaptor extends DatagramSocketAdaptor {
    /** A datagram channel, with the methods that this adaptor needs beyond a channel's public ones. */
    public interface Endpoint {
        /** Receives a datagram in blocking mode, within a limit; 0 is no limit. */
        SocketAddress receive(ByteBuffer dst, long timeoutNanos) throws IOException;

        /** Sends in blocking mode, to the address, or to the peer if that is null. Returns the destination. */
        SocketAddress sendBlocking(ByteBuffer src, SocketAddress remoteOrNull) throws IOException;

        /** Whether an interrupt closes the channel only if a virtual thread waits, as {@code java.net} has it. */
        boolean ignoresInterrupts();

        /** Connects the channel, even if it is connected already. */
        void reconnect(SocketAddress remote) throws IOException;

        /** The local address, or null; available after the close, too. */
        InetSocketAddress localAddress();

        /** The peer's address, or null; available after the close, too. */
        InetSocketAddress remoteAddress();
    }

    private static final DirectMemory MEMORY = DirectMemory.of(MethodHandles.lookup());
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int MAX_TIME_TO_LIVE = 255;
    private static final boolean RECEIVE_TELLS_INTERRUPTS = Runtime.version().feature() >= 21;

    private final Endpoint endpoint;
    private volatile int timeoutMillis;
    private volatile int timeToLive = 1; // as of a new MulticastSocket
    private volatile boolean loopbackDisabled;

    private VsockDatagramSocketAdaptor(DatagramChannel channel, Endpoint endpoint) throws IOException {
        super(channel);
        this.endpoint = endpoint;
    }

    public static <C extends DatagramChannel & Endpoint> DatagramSocket of(C channel) {
        try {
            return new VsockDatagramSocketAdaptor(channel, channel);
        } catch (IOException e) {
            throw new UncheckedIOException("no socket() for " + channel, e);
        }
    }

    private static IOException closed(ClosedChannelException cause) {
        return (IOException) new SocketException("Socket closed").initCause(cause);
    }

    /** What the platform's {@code receive} throws. */
    private IOException interrupted(ClosedByInterruptException cause) {
        return endpoint.ignoresInterrupts() ? new SocketException("Closed by interrupt")
            : RECEIVE_TELLS_INTERRUPTS ? cause : closed(cause);
    }

    private void ensureOpen() throws SocketException {
        if (!channel.isOpen())
            throw new SocketException("Socket is closed");
    }

    /** Returns the endpoint of an address. This socket is vsock, so a mapped Internet address needs no permission. */
    private static SocketAddress vsock(SocketAddress address) {
        return address instanceof InetSocketAddress inet && VsockSocketAddress.isMapped(inet)
            ? VsockSocketAddress.ofMapped(inet) : address;
    }

    @Override
    public void bind(SocketAddress local) throws SocketException {
        requireInet(local);
        narrowing(() -> channel.bind(vsock(local)));
    }

    @Override
    public void connect(SocketAddress remote) throws SocketException {
        if (remote == null)
            throw new IllegalArgumentException("Address can't be null");
        requireInet(remote);
        narrowing(() -> {
            try {
                endpoint.reconnect(vsock(remote));
            } catch (ClosedChannelException ignored) {
                // as the platform's adaptors do
            }
        });
    }

    @Override
    public void connect(InetAddress address, int port) {
        if (address == null)
            throw new IllegalArgumentException("Address can't be null");
        try {
            connect(new InetSocketAddress(address, port));
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void disconnect() {
        try {
            channel.disconnect();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void send(DatagramPacket packet) throws IOException {
        synchronized (packet) {
            ByteBuffer src = ByteBuffer.wrap(packet.getData(), packet.getOffset(), packet.getLength());
            boolean addressed = packet.getAddress() != null;
            try {
                SocketAddress sentTo = endpoint.sendBlocking(src, addressed ? vsock(packet.getSocketAddress()) : null);
                if (!addressed)
                    packet.setSocketAddress(sentTo);
            } catch (NotYetConnectedException e) {
                throw new IllegalArgumentException("Address not set", e);
            } catch (AlreadyConnectedException e) {
                throw new IllegalArgumentException("Packet address and connected address differ", e);
            } catch (ClosedChannelException e) {
                throw closed(e);
            }
        }
    }

    /** Waits without the packet's lock, under which a virtual thread would keep its carrier (JDK 21 to 23). */
    @Override
    public void receive(DatagramPacket packet) throws IOException {
        int capacity;
        synchronized (packet) {
            capacity = DatagramPackets.capacity(packet);
        }
        ByteBuffer received = MEMORY.borrow(capacity);
        try {
            SocketAddress sender = receive(received.limit(capacity));
            received.flip();
            synchronized (packet) {
                int length = Math.min(received.remaining(), DatagramPackets.capacity(packet)); // it may be less by now
                received.get(packet.getData(), packet.getOffset(), length);
                packet.setSocketAddress(sender);
                DatagramPackets.setReceived(packet, length);
            }
        } finally {
            MEMORY.giveBack(received);
        }
    }

    private SocketAddress receive(ByteBuffer dst) throws IOException {
        try {
            return endpoint.receive(dst, timeoutMillis * NANOS_PER_MILLI);
        } catch (ClosedByInterruptException e) {
            throw interrupted(e);
        } catch (ClosedChannelException e) {
            throw closed(e);
        }
    }

    @Override
    public InetAddress getInetAddress() {
        InetSocketAddress remote = endpoint.remoteAddress();
        return remote == null ? null : remote.getAddress();
    }

    @Override
    public int getPort() {
        InetSocketAddress remote = endpoint.remoteAddress();
        return remote == null ? -1 : remote.getPort();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return endpoint.remoteAddress();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return isClosed() ? null : endpoint.localAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        if (isClosed())
            return null;
        InetSocketAddress local = endpoint.localAddress();
        return local == null ? new InetSocketAddress(0).getAddress() : local.getAddress();
    }

    @Override
    public int getLocalPort() {
        if (isClosed())
            return -1;
        InetSocketAddress local = endpoint.localAddress();
        return local == null ? 0 : local.getPort();
    }

    @Override
    public boolean isBound() {
        return endpoint.localAddress() != null;
    }

    @Override
    public boolean isConnected() {
        return endpoint.remoteAddress() != null;
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

    // -- settings of multicast that programs make for any datagram: kept, without effect

    @Override
    @Deprecated
    public void setTTL(byte ttl) throws SocketException {
        ensureOpen();
        timeToLive = Byte.toUnsignedInt(ttl);
    }

    @Override
    @Deprecated
    public byte getTTL() throws SocketException {
        ensureOpen();
        return (byte) timeToLive;
    }

    @Override
    public void setTimeToLive(int ttl) throws SocketException {
        ensureOpen();
        if (ttl < 0 || ttl > MAX_TIME_TO_LIVE)
            throw new IllegalArgumentException("time to live " + ttl + ": expected 0 to " + MAX_TIME_TO_LIVE);
        timeToLive = ttl;
    }

    @Override
    public int getTimeToLive() throws SocketException {
        ensureOpen();
        return timeToLive;
    }

    @Override
    @Deprecated
    public void setLoopbackMode(boolean disabled) throws SocketException {
        ensureOpen();
        loopbackDisabled = disabled;
    }

    @Override
    @Deprecated
    public boolean getLoopbackMode() throws SocketException {
        ensureOpen();
        return loopbackDisabled;
    }

    // -- multicast, which vsock does not have

    private static UnsupportedOperationException noMulticast() {
        return new UnsupportedOperationException("vsock has no multicast");
    }

    @Override
    @Deprecated
    public void joinGroup(InetAddress group) {
        throw noMulticast();
    }

    @Override
    @Deprecated
    public void leaveGroup(InetAddress group) {
        throw noMulticast();
    }

    @Override
    public void joinGroup(SocketAddress group, NetworkInterface networkInterface) {
        throw noMulticast();
    }

    @Override
    public void leaveGroup(SocketAddress group, NetworkInterface networkInterface) {
        throw noMulticast();
    }

    @Override
    @Deprecated
    public void setInterface(InetAddress address) {
        throw noMulticast();
    }

    @Override
    @Deprecated
    public InetAddress getInterface() {
        throw noMulticast();
    }

    @Override
    public void setNetworkInterface(NetworkInterface networkInterface) {
        throw noMulticast();
    }

    @Override
    public NetworkInterface getNetworkInterface() {
        throw noMulticast();
    }

    @Override
    @Deprecated
    @SuppressWarnings("InlineMeSuggester") // it overrides a method of the JDK
    public void send(DatagramPacket packet, byte ttl) throws IOException {
        send(packet);
    }
}
