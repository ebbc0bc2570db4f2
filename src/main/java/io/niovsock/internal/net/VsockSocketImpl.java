// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.net;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.internal.adaptor.VsockSocketAdaptor;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;

/** The implementation of a {@code Socket} over vsock. */
final class VsockSocketImpl extends VsockSocketImplBase {
    private static final int EOF = -1;

    /** {@code Socket.connect} closes itself for an {@code InterruptedIOException}, and has its words (JDK 21). */
    private static final boolean SOCKET_TELLS_INTERRUPTS = Runtime.version().feature() < 24;

    private final SocketChannel channel;
    private final VsockSocketAdaptor.Connection connection;

    /** A read has met the end of the stream. Later reads return EOF, even after a close, as the platform's do. */
    private volatile boolean ended;

    VsockSocketImpl(SelectorProvider provider) throws IOException {
        this(provider.openSocketChannel(VsockProtocolFamily.VSOCK));
    }

    /** @param channel a vsock channel */
    VsockSocketImpl(SocketChannel channel) {
        super(channel);
        this.channel = channel;
        this.connection = (VsockSocketAdaptor.Connection) channel;
        connection.ignoreInterrupts();
    }

    @Override
    InetSocketAddress localAddress() {
        return connection.localAddress();
    }

    InetSocketAddress remoteAddress() {
        return connection.remoteAddress();
    }

    @Override
    void bind(InetSocketAddress local) throws IOException {
        translating(() -> channel.bind(local));
    }

    @Override
    protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        if (remote instanceof InetSocketAddress inet && inet.isUnresolved())
            throw new UnknownHostException(inet.getHostString());
        try {
            translating(() -> {
                connection.connect(remote, timeoutMillis * NANOS_PER_MILLI);
                return null;
            });
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (InterruptedIOException e) {
            if (SOCKET_TELLS_INTERRUPTS)
                throw e;
            throw (IOException) new SocketException(e.getMessage()).initCause(e);
        }
    }

    @Override
    protected InetAddress getInetAddress() {
        InetSocketAddress remote = remoteAddress();
        return remote == null ? null : remote.getAddress();
    }

    @Override
    protected int getPort() {
        InetSocketAddress remote = remoteAddress();
        return remote == null ? 0 : remote.getPort();
    }

    @Override
    protected InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) > 0 ? one[0] & 0xFF : EOF;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return VsockSocketImpl.this.read(ByteBuffer.wrap(bytes, offset, length));
            }

            @Override
            public int available() throws IOException {
                return VsockSocketImpl.this.available();
            }

            @Override
            public void close() throws IOException {
                VsockSocketImpl.this.close();
            }
        };
    }

    private int read(ByteBuffer dst) throws IOException {
        if (!dst.hasRemaining())
            return 0;
        if (ended)
            return EOF;
        int n = translating(() -> connection.read(dst, timeoutNanos()));
        if (n == EOF)
            ended = true;
        return n;
    }

    @Override
    protected OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] { (byte) b }, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                VsockSocketImpl.this.write(ByteBuffer.wrap(bytes, offset, length));
            }

            @Override
            public void close() throws IOException {
                VsockSocketImpl.this.close();
            }
        };
    }

    private void write(ByteBuffer src) throws IOException {
        if (!src.hasRemaining())
            return;
        try {
            translating(() -> {
                writeFully(src);
                return null;
            });
        } finally {
            Reference.reachabilityFence(this); // or else the Cleaner could close the channel under this thread
        }
    }

    private void writeFully(ByteBuffer src) throws IOException {
        try {
            connection.writeFully(src);
        } catch (ClosedChannelException e) {
            if (channel.isOpen())
                throw new SocketException("Broken pipe"); // the output is shut; the system's words, as over TCP
            throw e;
        }
    }

    @Override
    protected int available() throws IOException {
        return translating(connection::available);
    }

    @Override
    protected void shutdownInput() throws IOException {
        translating(channel::shutdownInput);
    }

    @Override
    protected void shutdownOutput() throws IOException {
        translating(channel::shutdownOutput);
    }
}
