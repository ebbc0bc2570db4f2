package io.niovsock.internal.socket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.DatagramChannel;

import static io.niovsock.internal.socket.SocketExceptions.narrowing;
import static io.niovsock.internal.socket.SocketExceptions.translating;

/** The datagram socket of a deferred channel, in the manner of {@link DeferredSocket}. */
public final class DeferredDatagramSocket extends AdaptorDatagramSocket {
    /** What a deferred channel does beyond the public methods of a channel. */
    public interface Holder {
        DatagramChannel target();

        void decideFor(SocketAddress address) throws IOException;

        boolean isVsock();

        void closeIfTargetClosed() throws IOException;
    }

    private final Holder holder;
    private volatile int timeoutMillis;
    private volatile DatagramSocket told; // the socket behind that knows the timeout

    private DeferredDatagramSocket(DatagramChannel channel, Holder holder) {
        super(channel);
        this.holder = holder;
    }

    public static <C extends DatagramChannel & Holder> DatagramSocket of(C channel) {
        return new DeferredDatagramSocket(channel, channel);
    }

    /** The socket behind; one that has just taken the place of another waits no longer than that was told to. */
    private DatagramSocket target() {
        DatagramSocket socket = holder.target().socket();
        if (socket != told && timeoutMillis != 0) {
            try {
                socket.setSoTimeout(timeoutMillis);
            } catch (SocketException closed) {
                return socket; // and waits for nothing
            }
        }
        told = socket;
        return socket;
    }

    private void decideFor(SocketAddress address) throws SocketException {
        narrowing(() -> {
            holder.decideFor(address);
            return null;
        });
    }

    @Override
    public void bind(SocketAddress local) throws SocketException {
        decideFor(local == null ? new InetSocketAddress(0) : local);
        target().bind(local);
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

    @Override
    public void send(DatagramPacket packet) throws IOException {
        SocketAddress address;
        synchronized (packet) {
            address = packet.getAddress() == null ? null : packet.getSocketAddress();
        }
        if (address != null && !holder.isVsock())
            translating(() -> holder.decideFor(address));
        try {
            target().send(packet);
        } finally {
            holder.closeIfTargetClosed();
        }
    }

    @Override
    public void receive(DatagramPacket packet) throws IOException {
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
        target().setSoTimeout(timeout);
        timeoutMillis = timeout;
    }

    @Override
    public int getSoTimeout() throws SocketException {
        return target().getSoTimeout();
    }

    @Override
    public void joinGroup(SocketAddress group, NetworkInterface networkInterface) throws IOException {
        target().joinGroup(group, networkInterface);
    }

    @Override
    public void leaveGroup(SocketAddress group, NetworkInterface networkInterface) throws IOException {
        target().leaveGroup(group, networkInterface);
    }
}
