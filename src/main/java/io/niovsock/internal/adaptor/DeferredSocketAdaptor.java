// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.adaptor;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.SocketChannel;

/**
 * The socket of a deferred channel. It delegates to the socket of the channel's delegate. Its close is the close of the
 * deferred channel, which the program holds.
 */
public final class DeferredSocketAdaptor extends SocketAdaptor {
    /** A deferred channel, with the methods that this adaptor needs beyond a channel's public ones. */
    public interface Holder {
        SocketChannel target();

        /** Opens the delegate, if nothing has needed it before. */
        void ensureOpened() throws IOException;

        void setSoTimeout(int timeoutMillis) throws IOException;

        void decideFor(SocketAddress address) throws IOException;

        void closeIfTargetClosed() throws IOException;
    }

    private final Holder holder;

    private DeferredSocketAdaptor(SocketChannel channel, Holder holder) throws SocketException {
        super(channel);
        this.holder = holder;
    }

    public static <C extends SocketChannel & Holder> Socket of(C channel) {
        return UnusedSocketImpl.adaptor(() -> {
            try {
                return new DeferredSocketAdaptor(channel, channel);
            } catch (SocketException e) {
                throw new AssertionError("no socket is made", e);
            }
        });
    }

    private Socket target() {
        return holder.target().socket();
    }

    private void ensureOpened() throws SocketException {
        SocketExceptions.narrowing(holder::ensureOpened);
    }

    private Socket opened() throws IOException {
        holder.ensureOpened();
        return target();
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        connect(remote, 0);
    }

    @Override
    public void connect(SocketAddress remote, int timeout) throws IOException {
        if (remote != null)
            requireTimeout(timeout); // first: a connect that is refused must not decide
        try {
            decideFor(remote);
            target().connect(remote, timeout);
        } finally {
            holder.closeIfTargetClosed();
        }
    }

    /** A failed connect closes the socket, even if it fails before it begins. */
    private void decideFor(SocketAddress remote) throws IOException {
        try {
            SocketExceptions.translating(() -> holder.decideFor(remote));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        SocketExceptions.translating(() -> channel.bind(local));
    }

    @Override
    public InetAddress getInetAddress() {
        return target().getInetAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        return target().getLocalAddress();
    }

    @Override
    public int getPort() {
        return target().getPort();
    }

    @Override
    public int getLocalPort() {
        return target().getLocalPort();
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
    public InputStream getInputStream() throws IOException {
        InputStream in = opened().getInputStream();
        return new InputStream() {
            @Override
            public int read() throws IOException {
                try {
                    return in.read();
                } finally {
                    holder.closeIfTargetClosed();
                }
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                try {
                    return in.read(bytes, offset, length);
                } finally {
                    holder.closeIfTargetClosed();
                }
            }

            @Override
            public int available() throws IOException {
                return in.available();
            }

            @Override
            public void close() throws IOException {
                DeferredSocketAdaptor.this.close();
            }
        };
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        OutputStream out = opened().getOutputStream();
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] { (byte) b }, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                try {
                    out.write(bytes, offset, length);
                } finally {
                    holder.closeIfTargetClosed();
                }
            }

            @Override
            public void close() throws IOException {
                DeferredSocketAdaptor.this.close();
            }
        };
    }

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        SocketExceptions.narrowing(() -> holder.setSoTimeout(timeout));
    }

    @Override
    public int getSoTimeout() throws SocketException {
        ensureOpened();
        return target().getSoTimeout();
    }

    @Override
    public void sendUrgentData(int data) throws IOException {
        opened().sendUrgentData(data);
    }

    @Override
    public void setOOBInline(boolean on) throws SocketException {
        ensureOpened();
        target().setOOBInline(on);
    }

    @Override
    public boolean getOOBInline() throws SocketException {
        ensureOpened();
        return target().getOOBInline();
    }

    @Override
    public void shutdownInput() throws IOException {
        opened().shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        opened().shutdownOutput();
    }

    @Override
    public boolean isConnected() {
        return target().isConnected();
    }

    @Override
    public boolean isBound() {
        return target().isBound();
    }

    @Override
    public boolean isInputShutdown() {
        return target().isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        return target().isOutputShutdown();
    }

    @Override
    public String toString() {
        return target().toString();
    }
}
