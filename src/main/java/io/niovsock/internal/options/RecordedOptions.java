// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.options;

import io.niovsock.VsockPeers;
import io.niovsock.VsockSocketOptions;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The options that are set of a socket, or a channel, before its first address decides whether it is vsock: the one
 * rule for what it takes until then. It takes what the platform's socket takes, and the options that only vsock has.
 * What vsock, or the platform, would refuse is refused at once. A socket that becomes vsock is set to what was
 * recorded, in the order in which the options were set last; one that becomes TCP or UDP has its options set already,
 * and those of vsock are forgotten. {@link VsockSocketOptions#ACCEPT_FROM} is not forgotten: TCP has no CIDs, and would
 * accept every peer.
 *
 * <p> Guarded by a lock of the socket's.
 */
public final class RecordedOptions {
    /** What kind of socket takes the options. */
    public enum Kind {
        CONNECTION(VsockSocketOptions.BUFFER_SIZE, VsockSocketOptions.BUFFER_MIN_SIZE,
            VsockSocketOptions.BUFFER_MAX_SIZE, VsockSocketOptions.CONNECT_TIMEOUT, VsockSocketOptions.TO_HOST),

        LISTENER(VsockSocketOptions.BUFFER_SIZE, VsockSocketOptions.BUFFER_MIN_SIZE, VsockSocketOptions.BUFFER_MAX_SIZE,
            VsockSocketOptions.CONNECT_TIMEOUT, VsockSocketOptions.ACCEPT_FROM),

        DATAGRAMS;

        private final Set<SocketOption<?>> onlyVsock;

        Kind(SocketOption<?>... onlyVsock) {
            this.onlyVsock = Set.of(onlyVsock);
        }

        /** The options that a vsock socket of this kind has, and no other socket. */
        public Set<SocketOption<?>> onlyVsock() {
            return onlyVsock;
        }
    }

    /** Sets an option of the platform's socket. */
    public interface Setter<T> {
        void set(SocketOption<T> option, T value) throws IOException;
    }

    /** Reads an option of the platform's socket. */
    public interface Getter<T> {
        T get(SocketOption<T> option) throws IOException;
    }

    /**
     * What is set to the recorded values: by {@code SocketOption}, or by a number of {@code java.net.SocketOptions}.
     */
    public interface Target {
        void set(Object option, Object value) throws IOException;
    }

    private static final Set<SocketOption<?>> LIMITS =
        Set.of(VsockSocketOptions.BUFFER_MIN_SIZE, VsockSocketOptions.BUFFER_MAX_SIZE);

    private final Kind kind;
    private final Map<Object, Object> values = new LinkedHashMap<>(0);
    private int timeoutMillis; // of a channel's socket: none of the channel's options

    public RecordedOptions(Kind kind) {
        this.kind = kind;
    }

    /** The options that can be set, where the platform's socket has those given. */
    public Set<SocketOption<?>> supported(Set<SocketOption<?>> platforms) {
        Set<SocketOption<?>> all = new HashSet<>(platforms);
        all.addAll(kind.onlyVsock);
        return Collections.unmodifiableSet(all); // as the JDK's, it can be asked for null
    }

    public <T> void set(SocketOption<T> option, T value, Setter<T> platform) throws IOException {
        if (kind.onlyVsock.contains(option))
            OptionValues.requireValid(option, value);
        else
            platform.set(option, value);
        record(option, value);
    }

    /** Records a value that the platform's socket has taken. */
    public void record(Object option, Object value) {
        values.remove(option); // the last one set is the last one replayed
        values.put(option, value);
    }

    /** Records the timeout of the channel's socket. */
    public void recordTimeout(int millis) {
        timeoutMillis = millis;
    }

    /** The timeout that was recorded; 0: none. */
    public int timeoutMillis() {
        return timeoutMillis;
    }

    @SuppressWarnings("unchecked")
    public <T> T get(SocketOption<T> option, Getter<T> platform) throws IOException {
        if (!kind.onlyVsock.contains(option))
            return platform.get(option);
        Object recorded = values.get(option);
        return (T) (recorded != null ? recorded : OptionValues.ofANewSocket(option));
    }

    /** @throws SocketException if the platform's socket would ignore a filter that the program relies on */
    public void requireNoFilter() throws SocketException {
        Object peers = values.get(VsockSocketOptions.ACCEPT_FROM);
        if (peers != null && !peers.equals(VsockPeers.ANY))
            throw new SocketException(VsockSocketOptions.ACCEPT_FROM + "=" + peers + " is set, and the address of the"
                + " bind is not vsock: a TCP listener would accept every peer. Bind it to a vsock address, or add a"
                + " rule to -Dio.niovsock.rules, or leave the option");
    }

    /**
     * Sets the options of a channel. Drops those that vsock does not support (TCP's timers, say): much code sets them
     * by habit.
     */
    public void replayOn(NetworkChannel vsock) throws IOException {
        replayOn((option, value) -> carryOver(vsock, (SocketOption<?>) option, value));
    }

    @SuppressWarnings("unchecked")
    private static <T> void carryOver(NetworkChannel vsock, SocketOption<T> option, Object value) throws IOException {
        if (vsock.supportedOptions().contains(option))
            vsock.setOption(option, (T) value);
    }

    /** The limits come first: a size that is set before them is cut by those of a new socket. */
    public void replayOn(Target vsock) throws IOException {
        for (Map.Entry<Object, Object> entry : values.entrySet())
            if (LIMITS.contains(entry.getKey()))
                vsock.set(entry.getKey(), entry.getValue());
        for (Map.Entry<Object, Object> entry : values.entrySet())
            if (!LIMITS.contains(entry.getKey()))
                vsock.set(entry.getKey(), entry.getValue());
    }
}
