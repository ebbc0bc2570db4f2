// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockPeers;
import io.niovsock.VsockSocketOptions;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.options.OptionValues;
import io.niovsock.internal.options.RecordedOptions;
import io.niovsock.internal.transport.Transport;
import io.niovsock.internal.transport.TransportOptions;

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
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;

/**
 * The options of one vsock socket, by a table with a row for each. Those of TCP that programs set without asking are
 * remembered, without effect; {@code SO_RCVBUF} of a stream is the size of the vsock buffer; the others are the
 * kernel's. Safe for use by several threads: the lock is that of the channel's state.
 */
final class SocketOptions {
    private static final int MAX_LINGER = 65535; // seconds, as the platform's channels have it

    private interface Getter<T> {
        T get(SocketOptions socket) throws IOException;
    }

    /** Sets an option to a value of its type. */
    private interface Setter<T> {
        void set(SocketOptions socket, T value) throws IOException;
    }

    private record Row<T>(SocketOption<T> option, Getter<T> getter, Setter<T> setter) { }

    /** Of VMware's own stack; Linux has only reserved their numbers (up to 6.18 it answers ENOPROTOOPT to each). */
    private static final Map<SocketOption<?>, Integer> VMWARE_OPTIONS = Map.of(
        VsockSocketOptions.PEER_HOST_VM_ID, Constants.SO_VM_SOCKETS_PEER_HOST_VM_ID,
        VsockSocketOptions.TRUSTED, Constants.SO_VM_SOCKETS_TRUSTED,
        VsockSocketOptions.NONBLOCK_TXRX, Constants.SO_VM_SOCKETS_NONBLOCK_TXRX);

    private static final Row<Boolean> REUSE_ADDRESS = new Row<>(StandardSocketOptions.SO_REUSEADDR,
        SocketOptions::isReuseAddress, (socket, value) -> socket.remember(StandardSocketOptions.SO_REUSEADDR, value));

    private static final Row<Integer> TYPE_OF_SERVICE =
        remembered(StandardSocketOptions.IP_TOS, 0, SocketOptions::requireByte);

    private static final Map<SocketOption<?>, Row<?>> STREAM = joined(Map.of(),
        REUSE_ADDRESS,
        vsockBuffer(VsockSocketOptions.BUFFER_SIZE, Constants.SO_VM_SOCKETS_BUFFER_SIZE),
        vsockBuffer(VsockSocketOptions.BUFFER_MIN_SIZE, Constants.SO_VM_SOCKETS_BUFFER_MIN_SIZE),
        vsockBuffer(VsockSocketOptions.BUFFER_MAX_SIZE, Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE),
        new Row<>(VsockSocketOptions.CONNECT_TIMEOUT, SocketOptions::connectTimeout, SocketOptions::setConnectTimeout),
        new Row<>(StandardSocketOptions.SO_RCVBUF, SocketOptions::receiveBuffer, SocketOptions::setReceiveBuffer));

    private static final Map<SocketOption<?>, Row<?>> LISTENER = table(RecordedOptions.Kind.LISTENER, STREAM,
        TYPE_OF_SERVICE, // of a ServerSocket; the JDK's ServerSocketChannel does not have it
        remembered(VsockSocketOptions.ACCEPT_FROM, VsockPeers.ANY, peers -> peers));

    private static final Map<SocketOption<?>, Row<?>> CONNECTION = table(RecordedOptions.Kind.CONNECTION, STREAM,
        TYPE_OF_SERVICE,
        new Row<>(VsockSocketOptions.TO_HOST, SocketOptions::isRoutedToHost,
            (socket, value) -> socket.remember(VsockSocketOptions.TO_HOST, value)),
        vmware(VsockSocketOptions.PEER_HOST_VM_ID, value -> (int) value),
        vmware(VsockSocketOptions.TRUSTED, value -> value != 0),
        vmware(VsockSocketOptions.NONBLOCK_TXRX, value -> value != 0),
        new Row<>(StandardSocketOptions.SO_SNDBUF, SocketOptions::sendBuffer, SocketOptions::setSendBuffer),
        remembered(StandardSocketOptions.SO_LINGER, -1, seconds -> Math.max(-1, Math.min(MAX_LINGER, seconds))),
        remembered(StandardSocketOptions.SO_KEEPALIVE, false, on -> on),
        remembered(StandardSocketOptions.TCP_NODELAY, false, on -> on));

    private static final Map<SocketOption<?>, Row<?>> DATAGRAMS = table(RecordedOptions.Kind.DATAGRAMS, Map.of(),
        REUSE_ADDRESS, TYPE_OF_SERVICE,
        kernelBuffer(StandardSocketOptions.SO_RCVBUF, Constants.SO_RCVBUF),
        kernelBuffer(StandardSocketOptions.SO_SNDBUF, Constants.SO_SNDBUF),
        remembered(StandardSocketOptions.SO_BROADCAST, false, on -> on));

    private final Map<SocketOption<?>, Row<?>> table;
    private final ChannelDescriptor descriptor;
    private TransportOptions settings; // guarded by the lock; null: nothing has asked for them, as for most sockets
    private final boolean initialReuseAddress; // without effect, but as TCP has it
    private Map<SocketOption<?>, Object> remembered = Map.of(); // guarded by the lock; most programs set none
    private volatile boolean connectTimeoutSet; // read without the lock

    private SocketOptions(Map<SocketOption<?>, Row<?>> table, ChannelDescriptor descriptor, TransportOptions settings,
                          boolean initialReuseAddress) {
        this.table = table;
        this.descriptor = descriptor;
        this.settings = settings;
        this.initialReuseAddress = initialReuseAddress;
    }

    static SocketOptions ofConnection(ChannelDescriptor descriptor) {
        return new SocketOptions(CONNECTION, descriptor, null, false);
    }

    static SocketOptions ofListener(ChannelDescriptor descriptor) {
        return new SocketOptions(LISTENER, descriptor, null, true);
    }

    static SocketOptions ofDatagrams(ChannelDescriptor descriptor) {
        return new SocketOptions(DATAGRAMS, descriptor, null, false);
    }

    /** Those of a connection that a listener has accepted, on which no option was set. */
    static SocketOptions ofAccepted(ChannelDescriptor descriptor) {
        return new SocketOptions(CONNECTION, descriptor, null, true);
    }

    /**
     * Those of an accepted connection, which inherits what vsock has of the listener's, and SO_REUSEADDR, as with TCP.
     * Returns null if they are those of {@link #ofAccepted}.
     */
    static SocketOptions ofAcceptedOrNull(ChannelDescriptor descriptor, SocketOptions listener) throws IOException {
        synchronized (listener.descriptor) {
            boolean initial = listener.settings == null && descriptor.transport() == listener.descriptor.transport();
            if (initial && listener.isReuseAddress())
                return null;
            TransportOptions settings = initial ? null
                : descriptor.transport().inheritedSettings(descriptor.fd(), listener.settings());
            return new SocketOptions(CONNECTION, descriptor, settings, listener.isReuseAddress());
        }
    }

    // -- the table

    private static Map<SocketOption<?>, Row<?>> table(RecordedOptions.Kind kind, Map<SocketOption<?>, Row<?>> others,
                                                      Row<?>... rows) {
        Map<SocketOption<?>, Row<?>> table = joined(others, rows);
        assert table.keySet().containsAll(kind.onlyVsock()) : kind;
        return table;
    }

    private static Map<SocketOption<?>, Row<?>> joined(Map<SocketOption<?>, Row<?>> others, Row<?>... rows) {
        Map<SocketOption<?>, Row<?>> table = new HashMap<>(others);
        for (Row<?> row : rows)
            table.put(row.option(), row);
        return table;
    }

    private static Row<Long> vsockBuffer(SocketOption<Long> option, int number) {
        return new Row<>(option, socket -> socket.settings().bufferSize(number),
            (socket, bytes) -> socket.settings().setBufferSize(number, bytes));
    }

    private static Row<Integer> kernelBuffer(SocketOption<Integer> option, int number) {
        return new Row<>(option, socket -> Transport.socketBuffer(socket.descriptor.fd(), number),
            (socket, bytes) -> socket.descriptor.transport().setSocketBuffer(socket.descriptor.fd(), number,
                (int) OptionValues.requireNonNegative(option, bytes)));
    }

    private static <T> Row<T> vmware(SocketOption<T> option, LongFunction<T> conversion) {
        return new Row<>(option, socket -> conversion.apply(socket.vmwareOption(option)),
            (socket, value) -> socket.setVmwareOption(option, value));
    }

    /** Without effect. */
    private static <T> Row<T> remembered(SocketOption<T> option, T initial, UnaryOperator<T> valid) {
        return new Row<>(option, socket -> socket.recall(option, initial),
            (socket, value) -> socket.remember(option, valid.apply(value)));
    }

    private <T> void remember(SocketOption<T> option, T value) {
        if (remembered.isEmpty())
            remembered = new HashMap<>();
        remembered.put(option, value);
    }

    private <T> T recall(SocketOption<T> option, T initial) {
        Object value = remembered.get(option);
        return value == null ? initial : option.type().cast(value);
    }

    // -- by the table

    <T> void set(SocketOption<T> option, T value) throws IOException {
        Row<T> row = rowOf(option);
        OptionValues.requireValid(option, value);
        synchronized (descriptor) {
            descriptor.ensureOpen();
            row.setter().set(this, value);
        }
    }

    <T> T get(SocketOption<T> option) throws IOException {
        Row<T> row = rowOf(option);
        synchronized (descriptor) {
            descriptor.ensureOpen();
            return row.getter().get(this);
        }
    }

    @SuppressWarnings("unchecked") // the row of an option has its type
    private <T> Row<T> rowOf(SocketOption<T> option) {
        Row<?> row = table.get(Objects.requireNonNull(option, "option"));
        if (row == null)
            throw new UnsupportedOperationException("'" + option + "' is not supported by a vsock socket");
        return (Row<T>) row;
    }

    /** Returns the options that this socket has on this kernel. */
    Set<SocketOption<?>> supported() {
        Set<SocketOption<?>> supported = new HashSet<>(table.keySet());
        synchronized (descriptor) {
            supported.removeIf(option -> VMWARE_OPTIONS.containsKey(option) && !isKnown(VMWARE_OPTIONS.get(option)));
        }
        return Collections.unmodifiableSet(supported); // as the JDK's, it can be asked for null
    }

    // -- what the channel asks

    /** The most bytes that a record may have, as far as that is known. */
    long recordLimit() {
        synchronized (descriptor) {
            return settings().recordLimit();
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

    /** Returns whether the program has set a limit for a connect, so that the kernel's own is not in force. */
    boolean isConnectTimeoutSet() {
        return connectTimeoutSet;
    }

    /** The peers that a listener accepts, as far as its program says. */
    VsockPeers acceptFrom() {
        synchronized (descriptor) {
            return recall(VsockSocketOptions.ACCEPT_FROM, VsockPeers.ANY);
        }
    }

    /** Whether a connect is to go by way of the host. */
    boolean isToHost() {
        synchronized (descriptor) {
            return recall(VsockSocketOptions.TO_HOST, false);
        }
    }

    /** The options of the transport. A socket of datagrams has none. */
    TransportOptions settings() {
        assert Thread.holdsLock(descriptor);
        if (settings == null)
            settings = descriptor.transport().settings(descriptor.fd());
        return settings;
    }

    /** From now on, the number stands for another socket, with these options. */
    void replaceSettings(TransportOptions others) {
        assert Thread.holdsLock(descriptor);
        settings = others;
    }

    /** The kernel's limit for a connect in nanoseconds, if the program has set it; otherwise 0. */
    long connectTimeoutNanosOrZero() throws IOException {
        synchronized (descriptor) {
            return connectTimeoutSet ? TimeUnit.MICROSECONDS.toNanos(settings().connectTimeoutMicros()) : 0;
        }
    }

    // -- single options, under the lock

    private boolean isRoutedToHost() {
        return descriptor.transport().isToHost(descriptor.fd(), isToHost());
    }

    private Duration connectTimeout() throws IOException {
        return Duration.of(settings().connectTimeoutMicros(), ChronoUnit.MICROS);
    }

    private void setConnectTimeout(Duration timeout) throws IOException {
        settings().setConnectTimeoutMicros(OptionValues.microsOf(VsockSocketOptions.CONNECT_TIMEOUT, timeout));
        connectTimeoutSet = !timeout.isZero();
    }

    private int receiveBuffer() throws IOException {
        return (int) Math.min(Integer.MAX_VALUE, settings().bufferSize(Constants.SO_VM_SOCKETS_BUFFER_SIZE));
    }

    private void setReceiveBuffer(int bytes) throws IOException {
        OptionValues.requireNonNegative(StandardSocketOptions.SO_RCVBUF, bytes);
        if (bytes > settings().bufferSize(Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE))
            settings().setBufferSize(Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE, bytes);
        settings().setBufferSize(Constants.SO_VM_SOCKETS_BUFFER_SIZE, bytes);
    }

    private int sendBuffer() throws IOException {
        Integer remembered = recall(StandardSocketOptions.SO_SNDBUF, null);
        return remembered != null ? remembered : receiveBuffer();
    }

    private void setSendBuffer(int bytes) {
        OptionValues.requireNonNegative(StandardSocketOptions.SO_SNDBUF, bytes);
        remember(StandardSocketOptions.SO_SNDBUF, bytes);
    }

    private boolean isReuseAddress() {
        return recall(StandardSocketOptions.SO_REUSEADDR, initialReuseAddress);
    }

    /** As the documentation of {@link StandardSocketOptions} has it. */
    private static int requireByte(int value) {
        if (value < 0 || value > 255)
            throw new IllegalArgumentException(StandardSocketOptions.IP_TOS + "=" + value
                + " is out of range: 0 to 255");
        return value;
    }

    // -- options of VMware's stack

    private boolean isKnown(int number) {
        return descriptor.isOpen() && !isUnknown(settings().intOption(number));
    }

    private static boolean isUnknown(long result) {
        return result == -Errno.ENOPROTOOPT || result == -Errno.EOPNOTSUPP;
    }

    private long vmwareOption(SocketOption<?> option) throws IOException {
        long value = settings().intOption(VMWARE_OPTIONS.get(option));
        requireKnown(option, value);
        if (value < 0)
            throw Errno.failed((int) -value, "read " + option);
        return value;
    }

    private void setVmwareOption(SocketOption<?> option, Object value) throws IOException {
        if (option != VsockSocketOptions.NONBLOCK_TXRX)
            throw new UnsupportedOperationException(option + " can only be read");
        int result = settings().setIntOption(VMWARE_OPTIONS.get(option), (Boolean) value ? 1 : 0);
        requireKnown(option, result);
        if (result < 0)
            throw Errno.failed(-result, "set " + option);
    }

    private static void requireKnown(SocketOption<?> option, long result) {
        if (isUnknown(result))
            throw new UnsupportedOperationException(option + " is not known to vsock here: only VMware's own stack has"
                + " it, not Linux's, whatever the transport");
    }
}
