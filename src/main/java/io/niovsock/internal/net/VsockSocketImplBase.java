// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.net;

import io.niovsock.internal.adaptor.SocketAdaptor;
import io.niovsock.internal.adaptor.SocketExceptions;
import io.niovsock.internal.address.AddressResolver;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.ref.Cleaner;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NetworkChannel;
import java.util.Map;
import java.util.Set;

/**
 * The common part of {@code Socket} and {@code ServerSocket} over a vsock channel: options and close. As with the
 * platform's own implementations, an interrupt ends operations of virtual threads only, and a socket that is no longer
 * reachable is closed.
 */
abstract class VsockSocketImplBase extends SocketImpl {
    static final long NANOS_PER_MILLI = 1_000_000;

    private static final Cleaner CLEANER = Cleaner.create();

    /** The options that {@code java.net} sets by number. */
    private static final Map<Integer, SocketOption<?>> OPTIONS = Map.of(
        TCP_NODELAY, StandardSocketOptions.TCP_NODELAY,
        SO_KEEPALIVE, StandardSocketOptions.SO_KEEPALIVE,
        SO_REUSEADDR, StandardSocketOptions.SO_REUSEADDR,
        SO_LINGER, StandardSocketOptions.SO_LINGER,
        SO_RCVBUF, StandardSocketOptions.SO_RCVBUF,
        SO_SNDBUF, StandardSocketOptions.SO_SNDBUF,
        IP_TOS, StandardSocketOptions.IP_TOS);

    private static final int NO_LINGER = -1;
    private static final InetAddress WILDCARD = new InetSocketAddress(0).getAddress();

    private final NetworkChannel channel;
    private final Cleaner.Cleanable forgotten;
    private volatile int timeoutMillis;

    VsockSocketImplBase(NetworkChannel channel) {
        this.channel = channel;
        this.forgotten = CLEANER.register(this, () -> closeQuietly(channel));
    }

    private static void closeQuietly(NetworkChannel channel) {
        try {
            channel.close();
        } catch (IOException ignored) {
            // the socket is garbage
        }
    }

    /** Runs an operation, and translates its exceptions into the platform's messages, which programs compare. */
    static <T> T translating(SocketExceptions.Operation<T> operation) throws IOException {
        try {
            return SocketExceptions.translating(() -> {
                try {
                    return operation.run();
                } catch (ClosedByInterruptException e) {
                    throw (IOException) new InterruptedIOException("Closed by interrupt").initCause(e);
                } catch (ClosedChannelException e) {
                    throw (IOException) new SocketException("Socket closed").initCause(e);
                }
            });
        } catch (SocketException | InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            throw (IOException) new SocketException(e.getMessage()).initCause(e);
        }
    }

    final long timeoutNanos() {
        return timeoutMillis * NANOS_PER_MILLI;
    }

    /** The local address, or null; available after the close, too. */
    abstract InetSocketAddress localAddress();

    abstract void bind(InetSocketAddress local) throws IOException;

    @Override
    protected final void create(boolean stream) { }

    @Override
    protected final void bind(InetAddress host, int port) throws IOException {
        InetSocketAddress local = AddressResolver.vsockBindOrNull(host, port);
        if (local == null)
            throw new SocketException("Unsupported address type");
        bind(local);
    }

    @Override
    protected final int getLocalPort() {
        InetSocketAddress local = localAddress();
        return local == null ? 0 : local.getPort();
    }

    @Override
    protected final void close() throws IOException {
        channel.close();
        forgotten.clean();
    }

    // -- options

    private void ensureOpen() throws SocketException {
        if (!channel.isOpen())
            throw new SocketException("Socket closed");
    }

    @Override
    public final void setOption(int option, Object value) throws SocketException {
        ensureOpen();
        switch (option) {
            case SO_TIMEOUT -> timeoutMillis = SocketAdaptor.requireTimeout((Integer) value);
            case SO_OOBINLINE -> { } // without effect: vsock has no urgent data
            case SO_LINGER -> set(StandardSocketOptions.SO_LINGER,
                value instanceof Integer seconds ? seconds : NO_LINGER);
            default -> set(requireKnown(option), value);
        }
    }

    @Override
    public final Object getOption(int option) throws SocketException {
        ensureOpen();
        return switch (option) {
            case SO_TIMEOUT -> timeoutMillis;
            case SO_OOBINLINE -> false;
            case SO_BINDADDR -> localAddress() == null ? WILDCARD : localAddress().getAddress();
            case SO_LINGER -> {
                Object seconds = get(StandardSocketOptions.SO_LINGER);
                yield seconds.equals(NO_LINGER) ? (Object) false : seconds;
            }
            default -> get(requireKnown(option));
        };
    }

    private static SocketOption<?> requireKnown(int option) throws SocketException {
        SocketOption<?> known = OPTIONS.get(option);
        if (known == null)
            throw new SocketException("Unknown option " + option);
        return known;
    }

    @SuppressWarnings("unchecked")
    private <T> void set(SocketOption<T> option, Object value) throws SocketException {
        SocketExceptions.narrowing(() -> channel.setOption(option, (T) value));
    }

    private Object get(SocketOption<?> option) throws SocketException {
        return SocketExceptions.narrowing(() -> channel.getOption(option));
    }

    @Override
    protected final <T> void setOption(SocketOption<T> option, T value) throws IOException {
        translating(() -> channel.setOption(option, value));
    }

    @Override
    protected final <T> T getOption(SocketOption<T> option) throws IOException {
        return translating(() -> channel.getOption(option));
    }

    @Override
    protected final Set<SocketOption<?>> supportedOptions() {
        return channel.supportedOptions();
    }

    // -- methods of a socket or of a server socket only

    @Override
    protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        throw new SocketException("a listener does not connect");
    }

    @Override
    protected final void connect(String host, int port) throws IOException {
        throw new SocketException("only connect(SocketAddress, int) is used");
    }

    @Override
    protected final void connect(InetAddress address, int port) throws IOException {
        throw new SocketException("only connect(SocketAddress, int) is used");
    }

    @Override
    protected void listen(int backlog) throws IOException {
        throw new SocketException("a connection does not listen");
    }

    @Override
    protected final void accept(SocketImpl socket) throws IOException {
        throw new SocketException("only accept() is used");
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        throw new SocketException("Not connected");
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        throw new SocketException("Not connected");
    }

    @Override
    protected int available() throws IOException {
        throw new SocketException("Not connected");
    }

    @Override
    protected final void sendUrgentData(int data) throws IOException {
        throw new SocketException("Urgent data not supported by vsock");
    }
}
