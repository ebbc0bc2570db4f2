// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.options;

import io.niovsock.VsockPeers;
import io.niovsock.VsockSocketOptions;

import java.net.SocketOption;
import java.time.Duration;
import java.util.Map;

/** The values that the options which only vsock has may take, and those that they have in a new socket. */
public final class OptionValues {
    private static final Map<SocketOption<?>, Object> OF_A_NEW_SOCKET = Map.of(
        VsockSocketOptions.BUFFER_SIZE, 262144L,
        VsockSocketOptions.BUFFER_MIN_SIZE, 128L,
        VsockSocketOptions.BUFFER_MAX_SIZE, 262144L,
        VsockSocketOptions.CONNECT_TIMEOUT, Duration.ofSeconds(2),
        VsockSocketOptions.TO_HOST, false,
        VsockSocketOptions.ACCEPT_FROM, VsockPeers.ANY);

    private OptionValues() { }

    /** @throws IllegalArgumentException if no vsock socket takes the value */
    public static void requireValid(SocketOption<?> option, Object value) {
        if (!option.type().isInstance(value))
            throw new IllegalArgumentException(option + ": invalid value: " + value);
        if (value instanceof Long size)
            requireNonNegative(option, size);
        else if (value instanceof Duration timeout)
            microsOf(option, timeout);
    }

    public static long requireNonNegative(SocketOption<?> option, long value) {
        if (value < 0)
            throw new IllegalArgumentException(option + "=" + value + " is negative");
        return value;
    }

    /** A duration in microseconds, rounded up, so that a short time does not become none. */
    public static long microsOf(SocketOption<?> option, Duration timeout) {
        if (timeout.isNegative())
            throw new IllegalArgumentException(option + "=" + timeout + " is negative");
        try {
            long seconds = Math.multiplyExact(timeout.getSeconds(), 1_000_000L);
            return Math.addExact(seconds, (timeout.getNano() + 999) / 1000);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(option + "=" + timeout + " is out of range", e);
        }
    }

    /** What the documentation of an option that only vsock has says of a new socket. */
    static Object ofANewSocket(SocketOption<?> option) {
        return OF_A_NEW_SOCKET.get(option);
    }
}
