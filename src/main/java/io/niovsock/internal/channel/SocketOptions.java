package io.niovsock.internal.channel;

import io.niovsock.VsockSocketOptions;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The options of one vsock socket. Those of TCP that programs set without asking are remembered, without effect;
 * {@code SO_RCVBUF} of a stream is the size of the vsock buffer; the others are the kernel's. Safe for use by
 * several threads: the lock is that of the channel's state.
 */
final class SocketOptions {
    private static final Map<SocketOption<?>, Integer> BUFFER_OPTIONS = Map.of(
        VsockSocketOptions.BUFFER_SIZE, Constants.SO_VM_SOCKETS_BUFFER_SIZE,
        VsockSocketOptions.BUFFER_MIN_SIZE, Constants.SO_VM_SOCKETS_BUFFER_MIN_SIZE,
        VsockSocketOptions.BUFFER_MAX_SIZE, Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE);

    private static final Map<SocketOption<?>, Integer> DATAGRAM_BUFFERS = Map.of(
        StandardSocketOptions.SO_RCVBUF, Constants.SO_RCVBUF, StandardSocketOptions.SO_SNDBUF, Constants.SO_SNDBUF);

    static final Set<SocketOption<?>> STREAM = Set.of(
        VsockSocketOptions.BUFFER_SIZE, VsockSocketOptions.BUFFER_MIN_SIZE, VsockSocketOptions.BUFFER_MAX_SIZE,
        VsockSocketOptions.CONNECT_TIMEOUT, VsockSocketOptions.TO_HOST,
        StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.SO_KEEPALIVE,
        StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_LINGER, StandardSocketOptions.TCP_NODELAY,
        StandardSocketOptions.IP_TOS);

    static final Set<SocketOption<?>> SERVER = Set.of(
        VsockSocketOptions.BUFFER_SIZE, VsockSocketOptions.BUFFER_MIN_SIZE, VsockSocketOptions.BUFFER_MAX_SIZE,
        VsockSocketOptions.CONNECT_TIMEOUT,
        StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR);

    static final Set<SocketOption<?>> DATAGRAM = Set.of(
        StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.SO_REUSEADDR,
        StandardSocketOptions.SO_BROADCAST, StandardSocketOptions.IP_TOS);

    /** What the options without effect are before they are set: as the platform's channels have it. */
    private static final Map<SocketOption<?>, Object> INITIAL = Map.of(
        StandardSocketOptions.SO_KEEPALIVE, false,
        StandardSocketOptions.SO_LINGER, -1,
        StandardSocketOptions.TCP_NODELAY, false,
        StandardSocketOptions.SO_BROADCAST, false,
        StandardSocketOptions.IP_TOS, 0);

    private static final int MAX_LINGER = 65535; // seconds, as the platform's channels have it

    private final Set<SocketOption<?>> supported;
    private final Transport transport;
    private final SocketLifecycle lifecycle;
    private final int fd;
    private final Map<SocketOption<?>, Object> remembered = new HashMap<>(0);
    private volatile boolean connectTimeoutSet; // read without the lock

    SocketOptions(Set<SocketOption<?>> supported, Transport transport, SocketLifecycle lifecycle) {
        this.supported = supported;
        this.transport = transport;
        this.lifecycle = lifecycle;
        this.fd = lifecycle.fd();
    }

    /** Whether the program has said how long a connect may take, so that the kernel's own limit is not in force. */
    boolean isConnectTimeoutSet() {
        return connectTimeoutSet;
    }

    /** Whether a connect is to go by way of the host. */
    boolean isToHost() {
        synchronized (lifecycle) {
            return (Boolean) remembered.getOrDefault(VsockSocketOptions.TO_HOST, false);
        }
    }

    <T> void set(SocketOption<T> option, T value) throws IOException {
        requireSupported(option);
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            lockedSet(option, value);
        }
    }

    private <T> void lockedSet(SocketOption<T> option, T value) throws IOException {
        if (!option.type().isInstance(value))
            throw new IllegalArgumentException(option + ": invalid value: " + value);
        if (BUFFER_OPTIONS.containsKey(option)) {
            transport.setBufferSize(fd, BUFFER_OPTIONS.get(option), requireNonNegative(option, (Long) value));
        } else if (supported == DATAGRAM && DATAGRAM_BUFFERS.containsKey(option)) {
            transport.setSocketBuffer(fd, DATAGRAM_BUFFERS.get(option), (int) requireNonNegative(option, (Integer) value));
        } else if (option == StandardSocketOptions.SO_RCVBUF) {
            setReceiveBuffer(requireNonNegative(option, (Integer) value));
        } else if (option == VsockSocketOptions.CONNECT_TIMEOUT) {
            setConnectTimeout((Duration) value);
        } else {
            remembered.put(option, checked(option, value));
        }
    }

    <T> T get(SocketOption<T> option) throws IOException {
        requireSupported(option);
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            return lockedGet(option);
        }
    }

    @SuppressWarnings("unchecked")
    private <T> T lockedGet(SocketOption<T> option) throws IOException {
        Object value;
        if (BUFFER_OPTIONS.containsKey(option))
            value = transport.bufferSize(fd, BUFFER_OPTIONS.get(option));
        else if (supported == DATAGRAM && DATAGRAM_BUFFERS.containsKey(option))
            value = transport.socketBuffer(fd, DATAGRAM_BUFFERS.get(option));
        else if (option == StandardSocketOptions.SO_RCVBUF)
            value = receiveBuffer();
        else if (option == VsockSocketOptions.CONNECT_TIMEOUT)
            value = Duration.ofNanos(Math.multiplyExact(transport.connectTimeoutMicros(fd), 1000));
        else if (option == VsockSocketOptions.TO_HOST)
            value = transport.isToHost(fd, isToHost());
        else if (remembered.containsKey(option))
            value = remembered.get(option);
        else if (option == StandardSocketOptions.SO_SNDBUF)
            value = receiveBuffer();
        else if (option == StandardSocketOptions.SO_REUSEADDR)
            value = supported == SERVER;
        else
            value = INITIAL.get(option);
        return (T) value;
    }

    private void requireSupported(SocketOption<?> option) {
        if (!supported.contains(Objects.requireNonNull(option, "option")))
            throw new UnsupportedOperationException("'" + option + "' is not supported by a vsock socket");
    }

    private void setReceiveBuffer(long bytes) throws IOException {
        if (bytes > transport.bufferSize(fd, Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE))
            transport.setBufferSize(fd, Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE, bytes);
        transport.setBufferSize(fd, Constants.SO_VM_SOCKETS_BUFFER_SIZE, bytes);
    }

    private int receiveBuffer() throws IOException {
        return (int) Math.min(Integer.MAX_VALUE, transport.bufferSize(fd, Constants.SO_VM_SOCKETS_BUFFER_SIZE));
    }

    private void setConnectTimeout(Duration timeout) throws IOException {
        if (timeout.isNegative())
            throw new IllegalArgumentException(VsockSocketOptions.CONNECT_TIMEOUT + "=" + timeout + " is negative");
        transport.setConnectTimeoutMicros(fd, (timeout.toNanos() + 999) / 1000);
        connectTimeoutSet = !timeout.isZero();
    }

    /** Ranges as the documentation of {@link StandardSocketOptions} has them. */
    private static Object checked(SocketOption<?> option, Object value) {
        if (option == StandardSocketOptions.SO_LINGER)
            return Math.max(-1, Math.min(MAX_LINGER, (Integer) value));
        if (option == StandardSocketOptions.SO_SNDBUF)
            requireNonNegative(option, (Integer) value);
        if (option == StandardSocketOptions.IP_TOS && ((Integer) value < 0 || (Integer) value > 255))
            throw new IllegalArgumentException(option + "=" + value + " is out of range: 0 to 255");
        return value;
    }

    private static long requireNonNegative(SocketOption<?> option, long value) {
        if (value < 0)
            throw new IllegalArgumentException(option + "=" + value + " is negative");
        return value;
    }
}
