// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.adaptor;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

import static io.niovsock.internal.adaptor.SocketExceptions.translating;

/** The socket that {@code channel.socket()} gives for a vsock channel. */
public final class VsockSocketAdaptor extends SocketAdaptor {
    /**
     * A connection, with the methods that this adaptor needs beyond a channel's public ones. They need blocking mode,
     * if they block.
     */
    public interface Connection {
        /** Connects within a limit; 0 is no limit. */
        void connect(SocketAddress remote, long timeoutNanos) throws IOException;

        /** Reads within a limit; 0 is no limit. */
        int read(ByteBuffer dst, long timeoutNanos) throws IOException;

        void writeFully(ByteBuffer src) throws IOException;

        int available() throws IOException;

        /** The local address, or null; available after the close, too. */
        InetSocketAddress localAddress();

        /** The remote address, or null; available after the close, too. */
        InetSocketAddress remoteAddress();

        boolean isInputShutdown();

        boolean isOutputShutdown();

        /**
         * From now on, only the interrupt of a virtual thread that waits closes the channel, as with the sockets of
         * {@code java.net}.
         */
        void ignoreInterrupts();
    }

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Connection connection;
    private volatile int timeoutMillis;

    private VsockSocketAdaptor(SocketChannel channel, Connection connection) throws SocketException {
        super(channel);
        this.connection = connection;
    }

    public static <C extends SocketChannel & Connection> Socket of(C channel) {
        return UnusedSocketImpl.adaptor(() -> {
            try {
                return new VsockSocketAdaptor(channel, channel);
            } catch (SocketException e) {
                throw new AssertionError("no socket is made", e);
            }
        });
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        connect(remote, 0);
    }

    @Override
    public void connect(SocketAddress remote, int timeout) throws IOException {
        if (remote == null)
            throw new IllegalArgumentException("connect: The address can't be null");
        if (remote instanceof InetSocketAddress inet && inet.isUnresolved())
            throw unresolved(remote);
        requireTimeout(timeout);
        translating(() -> connection.connect(remote, timeout * NANOS_PER_MILLI));
    }

    /**
     * The exception for an unresolved address: the connect fails before any attempt, and closes the socket, as on JDK
     * 24 and later.
     */
    private IOException unresolved(SocketAddress remote) throws IOException {
        ensureOpen();
        if (isConnected())
            return new SocketException("Already connected");
        close();
        return new UnknownHostException(remote.toString());
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        translating(() -> channel.bind(local));
    }

    @Override
    public InetAddress getInetAddress() {
        InetSocketAddress remote = connection.remoteAddress();
        return remote == null ? null : remote.getAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        InetSocketAddress local = channel.isOpen() ? connection.localAddress() : null;
        return local == null ? new InetSocketAddress(0).getAddress() : local.getAddress();
    }

    @Override
    public int getPort() {
        InetSocketAddress remote = connection.remoteAddress();
        return remote == null ? 0 : remote.getPort();
    }

    @Override
    public int getLocalPort() {
        InetSocketAddress local = connection.localAddress();
        return local == null ? -1 : local.getPort();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
        return connection.remoteAddress();
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
        return connection.localAddress();
    }

    @Override
    public InputStream getInputStream() throws IOException {
        ensureConnected();
        if (connection.isInputShutdown())
            throw new SocketException("Socket input is shutdown");
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) > 0 ? one[0] & 0xFF : -1;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                ByteBuffer dst = ByteBuffer.wrap(bytes, offset, length);
                return length == 0 ? 0 : translating(() -> connection.read(dst, timeoutMillis * NANOS_PER_MILLI));
            }

            @Override
            public int available() throws IOException {
                return translating(connection::available);
            }

            @Override
            public void close() throws IOException {
                VsockSocketAdaptor.this.close();
            }
        };
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        ensureConnected();
        if (connection.isOutputShutdown())
            throw new SocketException("Socket output is shutdown");
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] { (byte) b }, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                ByteBuffer src = ByteBuffer.wrap(bytes, offset, length);
                if (src.hasRemaining())
                    translating(() -> connection.writeFully(src));
            }

            @Override
            public void close() throws IOException {
                VsockSocketAdaptor.this.close();
            }
        };
    }

    private void ensureOpen() throws SocketException {
        if (!channel.isOpen())
            throw new SocketException("Socket is closed");
    }

    private void ensureConnected() throws SocketException {
        ensureOpen();
        if (!channel.isConnected())
            throw new SocketException("Socket is not connected");
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        ensureOpen();
        timeoutMillis = requireTimeout(timeout);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        ensureOpen();
        return timeoutMillis;
    }

    @Override
    public void sendUrgentData(int data) throws IOException {
        throw new SocketException("Urgent data not supported by vsock");
    }

    @Override
    public void setOOBInline(boolean on) throws SocketException {
        ensureOpen(); // without effect: vsock has no urgent data
    }

    @Override
    public boolean getOOBInline() throws SocketException {
        ensureOpen();
        return false;
    }

    @Override
    public void shutdownInput() throws IOException {
        translating(channel::shutdownInput);
    }

    @Override
    public void shutdownOutput() throws IOException {
        translating(channel::shutdownOutput);
    }

    @Override
    public boolean isConnected() {
        return channel.isConnected();
    }

    @Override
    public boolean isBound() {
        return connection.localAddress() != null;
    }

    @Override
    public boolean isInputShutdown() {
        return connection.isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        return connection.isOutputShutdown();
    }

    @Override
    public String toString() {
        return isConnected()
            ? "Socket[addr=" + getInetAddress() + ",port=" + getPort() + ",localport=" + getLocalPort() + "]"
            : "Socket[unconnected]";
    }
}
