// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketOptions;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.options.OptionValues;
import io.niovsock.internal.options.RecordedOptions;
import io.niovsock.internal.transport.TransportOptions;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
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

    /** Of VMware's own stack; Linux has only reserved their numbers (up to 6.18 it answers ENOPROTOOPT to each). */
    private static final Map<SocketOption<?>, Integer> RARE_OPTIONS = Map.of(
        VsockSocketOptions.PEER_HOST_VM_ID, Constants.SO_VM_SOCKETS_PEER_HOST_VM_ID,
        VsockSocketOptions.TRUSTED, Constants.SO_VM_SOCKETS_TRUSTED,
        VsockSocketOptions.NONBLOCK_TXRX, Constants.SO_VM_SOCKETS_NONBLOCK_TXRX);

    private static final Map<SocketOption<?>, Integer> DATAGRAM_BUFFERS = Map.of(
        StandardSocketOptions.SO_RCVBUF, Constants.SO_RCVBUF, StandardSocketOptions.SO_SNDBUF, Constants.SO_SNDBUF);

    private static final Set<SocketOption<?>> STREAM = with(RecordedOptions.Kind.CONNECTION,
        StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.SO_KEEPALIVE,
        StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_LINGER, StandardSocketOptions.TCP_NODELAY,
        StandardSocketOptions.IP_TOS);

    private static final Set<SocketOption<?>> SERVER = with(RecordedOptions.Kind.LISTENER,
        StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_REUSEADDR);

    private static final Set<SocketOption<?>> DATAGRAM = with(RecordedOptions.Kind.DATAGRAMS,
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
    private final ChannelDescriptor descriptor;
    private final int fd;
    private final TransportOptions settings; // null: of a datagram socket, which has none
    private final Map<SocketOption<?>, Object> remembered = new HashMap<>(0);
    private volatile boolean connectTimeoutSet; // read without the lock

    private final boolean reuseAddress; // before it is set; without effect, but as TCP has it

    private SocketOptions(Set<SocketOption<?>> supported, ChannelDescriptor descriptor, TransportOptions settings,
                          boolean reuseAddress) {
        this.supported = supported;
        this.reuseAddress = reuseAddress;
        this.transport = descriptor.transport();
        this.descriptor = descriptor;
        this.fd = descriptor.fd();
        this.settings = settings;
    }

    /** The options that only vsock has, and the others. */
    private static Set<SocketOption<?>> with(RecordedOptions.Kind kind, SocketOption<?>... others) {
        Set<SocketOption<?>> all = new HashSet<>(kind.onlyVsock());
        Collections.addAll(all, others);
        return Set.copyOf(all);
    }

    static SocketOptions ofConnection(ChannelDescriptor descriptor) {
        return new SocketOptions(STREAM, descriptor, descriptor.transport().settings(descriptor.fd()), false);
    }

    static SocketOptions ofListener(ChannelDescriptor descriptor) {
        return new SocketOptions(SERVER, descriptor, descriptor.transport().settings(descriptor.fd()), true);
    }

    static SocketOptions ofDatagrams(ChannelDescriptor descriptor) {
        return new SocketOptions(DATAGRAM, descriptor, null, false);
    }

    /**
     * Those of a connection that was accepted: what vsock has of the listener's, it inherits, and SO_REUSEADDR, as with
     * TCP.
     */
    static SocketOptions ofAccepted(ChannelDescriptor descriptor, SocketOptions listener) throws IOException {
        synchronized (listener.descriptor) {
            return new SocketOptions(STREAM, descriptor,
                descriptor.transport().inheritedSettings(descriptor.fd(), listener.settings),
                (Boolean) listener.remembered.getOrDefault(StandardSocketOptions.SO_REUSEADDR, listener.reuseAddress));
        }
    }

    /** What this socket knows, on this kernel. */
    Set<SocketOption<?>> supported() {
        if (supported != STREAM)
            return supported;
        synchronized (descriptor) {
            Set<SocketOption<?>> known = new HashSet<>(supported);
            for (Map.Entry<SocketOption<?>, Integer> rare : RARE_OPTIONS.entrySet())
                if (isKnown(rare.getValue()))
                    known.add(rare.getKey());
            return Set.copyOf(known);
        }
    }

    private boolean isKnown(int option) {
        return descriptor.isOpen() && !isUnknown(settings.number(option));
    }

    private static boolean isUnknown(long result) {
        return result == -Errno.ENOPROTOOPT || result == -Errno.EOPNOTSUPP;
    }

    /** The most bytes that a record may have, as far as that is known. */
    long recordLimit() {
        synchronized (descriptor) {
            return settings.recordLimit();
        }
    }

    /** The size of the buffer, for an error's text: -1 where it cannot be asked for. */
    long bufferSizeOrUnknown() {
        try {
            return get(VsockSocketOptions.BUFFER_SIZE);
        } catch (IOException closed) {
            return -1;
        }
    }

    /** Whether the program has said how long a connect may take, so that the kernel's own limit is not in force. */
    boolean isConnectTimeoutSet() {
        return connectTimeoutSet;
    }

    /** Whether a connect is to go by way of the host. */
    boolean isToHost() {
        synchronized (descriptor) {
            return (Boolean) remembered.getOrDefault(VsockSocketOptions.TO_HOST, false);
        }
    }

    <T> void set(SocketOption<T> option, T value) throws IOException {
        requireSupported(option);
        OptionValues.requireValid(option, value);
        synchronized (descriptor) {
            descriptor.ensureOpen();
            lockedSet(option, value);
        }
    }

    private <T> void lockedSet(SocketOption<T> option, T value) throws IOException {
        if (BUFFER_OPTIONS.containsKey(option)) {
            settings.setBufferSize(BUFFER_OPTIONS.get(option), (Long) value);
        } else if (RARE_OPTIONS.containsKey(option)) {
            setRare(option, value);
        } else if (supported == DATAGRAM && DATAGRAM_BUFFERS.containsKey(option)) {
            transport.setSocketBuffer(fd, DATAGRAM_BUFFERS.get(option),
                (int) OptionValues.requireNonNegative(option, (Integer) value));
        } else if (option == StandardSocketOptions.SO_RCVBUF) {
            setReceiveBuffer(OptionValues.requireNonNegative(option, (Integer) value));
        } else if (option == VsockSocketOptions.CONNECT_TIMEOUT) {
            setConnectTimeout((Duration) value);
        } else {
            remembered.put(option, checked(option, value));
        }
    }

    <T> T get(SocketOption<T> option) throws IOException {
        requireSupported(option);
        synchronized (descriptor) {
            descriptor.ensureOpen();
            return lockedGet(option);
        }
    }

    @SuppressWarnings("unchecked")
    private <T> T lockedGet(SocketOption<T> option) throws IOException {
        Object value;
        if (BUFFER_OPTIONS.containsKey(option))
            value = settings.bufferSize(BUFFER_OPTIONS.get(option));
        else if (RARE_OPTIONS.containsKey(option))
            value = getRare(option);
        else if (supported == DATAGRAM && DATAGRAM_BUFFERS.containsKey(option))
            value = Transport.socketBuffer(fd, DATAGRAM_BUFFERS.get(option));
        else if (option == StandardSocketOptions.SO_RCVBUF)
            value = receiveBuffer();
        else if (option == VsockSocketOptions.CONNECT_TIMEOUT)
            value = Duration.of(settings.connectTimeoutMicros(), ChronoUnit.MICROS);
        else if (option == VsockSocketOptions.TO_HOST)
            value = transport.isToHost(fd, isToHost());
        else if (remembered.containsKey(option))
            value = remembered.get(option);
        else if (option == StandardSocketOptions.SO_SNDBUF)
            value = receiveBuffer();
        else if (option == StandardSocketOptions.SO_REUSEADDR)
            value = reuseAddress;
        else
            value = INITIAL.get(option);
        return (T) value;
    }

    private void requireSupported(SocketOption<?> option) {
        boolean rare = supported == STREAM && RARE_OPTIONS.containsKey(Objects.requireNonNull(option, "option"));
        if (!rare && !supported.contains(Objects.requireNonNull(option, "option")))
            throw new UnsupportedOperationException("'" + option + "' is not supported by a vsock socket");
    }

    private Object getRare(SocketOption<?> option) throws IOException {
        long value = settings.number(RARE_OPTIONS.get(option));
        requireKnown(option, value);
        if (value < 0)
            throw Errno.failed((int) -value, "read " + option);
        return option.type() == Boolean.class ? (Object) (value != 0) : (Object) (int) value;
    }

    private void setRare(SocketOption<?> option, Object value) throws IOException {
        if (option != VsockSocketOptions.NONBLOCK_TXRX)
            throw new UnsupportedOperationException(option + " can only be read");
        int result = settings.setNumber(RARE_OPTIONS.get(option), (Boolean) value ? 1 : 0);
        requireKnown(option, result);
        if (result < 0)
            throw Errno.failed(-result, "set " + option);
    }

    private static void requireKnown(SocketOption<?> option, long result) {
        if (isUnknown(result))
            throw new UnsupportedOperationException(option + " is not known to vsock here: only VMware's own stack has it,"
                + " not Linux's, whatever the transport");
    }

    private void setReceiveBuffer(long bytes) throws IOException {
        if (bytes > settings.bufferSize(Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE))
            settings.setBufferSize(Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE, bytes);
        settings.setBufferSize(Constants.SO_VM_SOCKETS_BUFFER_SIZE, bytes);
    }

    private int receiveBuffer() throws IOException {
        return (int) Math.min(Integer.MAX_VALUE, settings.bufferSize(Constants.SO_VM_SOCKETS_BUFFER_SIZE));
    }

    private void setConnectTimeout(Duration timeout) throws IOException {
        settings.setConnectTimeoutMicros(OptionValues.microsOf(VsockSocketOptions.CONNECT_TIMEOUT, timeout));
        connectTimeoutSet = !timeout.isZero();
    }

    /** Ranges as the documentation of {@link StandardSocketOptions} has them. */
    private static Object checked(SocketOption<?> option, Object value) {
        if (option == StandardSocketOptions.SO_LINGER)
            return Math.max(-1, Math.min(MAX_LINGER, (Integer) value));
        if (option == StandardSocketOptions.SO_SNDBUF)
            OptionValues.requireNonNegative(option, (Integer) value);
        if (option == StandardSocketOptions.IP_TOS && ((Integer) value < 0 || (Integer) value > 255))
            throw new IllegalArgumentException(option + "=" + value + " is out of range: 0 to 255");
        return value;
    }
}
