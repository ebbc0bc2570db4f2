// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;

import java.io.IOException;

/**
 * The options of a socket over AF_UNIX: emulated, or behind a virtual machine monitor. Defaults and clamping are the
 * kernel's ({@code vsock_update_buffer_size} of Linux 6.1). An AF_UNIX socket has only one buffer, on the sending side.
 * It connects at once, so the connect timeout has an effect only on the answer of a virtual machine monitor.
 */
final class EmulatedOptions implements TransportOptions {
    private static final long DEFAULT_SIZE = 1 << 18;
    private static final long DEFAULT_MIN_SIZE = 128;
    private static final long DEFAULT_CONNECT_TIMEOUT_MICROS = 2_000_000;

    static final int NONE = -1;

    private int fd; // NONE: of several sockets, so the options are only remembered
    private long size = DEFAULT_SIZE;
    private long minSize = DEFAULT_MIN_SIZE;
    private long maxSize = DEFAULT_SIZE;
    private long connectTimeoutMicros = DEFAULT_CONNECT_TIMEOUT_MICROS;

    EmulatedOptions(int fd) {
        this.fd = fd;
    }

    /** The options of another socket: of the listener that has accepted this one, or of the socket that it replaces. */
    EmulatedOptions(int fd, TransportOptions other) throws IOException {
        this(fd);
        minSize = other.bufferSize(Constants.SO_VM_SOCKETS_BUFFER_MIN_SIZE);
        maxSize = other.bufferSize(Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE);
        connectTimeoutMicros = other.connectTimeoutMicros();
        updateSize(other.bufferSize(Constants.SO_VM_SOCKETS_BUFFER_SIZE));
    }

    @Override
    public long bufferSize(int option) {
        return option == Constants.SO_VM_SOCKETS_BUFFER_MIN_SIZE ? minSize
            : option == Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE ? maxSize : size;
    }

    @Override
    public void setBufferSize(int option, long bytes) throws IOException {
        if (option == Constants.SO_VM_SOCKETS_BUFFER_MIN_SIZE)
            minSize = bytes;
        else if (option == Constants.SO_VM_SOCKETS_BUFFER_MAX_SIZE)
            maxSize = bytes;
        updateSize(option == Constants.SO_VM_SOCKETS_BUFFER_SIZE ? bytes : size);
    }

    private void updateSize(long bytes) throws IOException {
        long clamped = Math.min(Math.max(bytes, minSize), maxSize);
        if (clamped != size && fd != NONE)
            Transport.setBuffer(fd, Constants.SO_SNDBUF, (int) Math.min(clamped, Integer.MAX_VALUE));
        size = clamped;
    }

    @Override
    public long recordLimit() {
        return size;
    }

    @Override
    public long connectTimeoutMicros() {
        return connectTimeoutMicros;
    }

    @Override
    public void setConnectTimeoutMicros(long micros) {
        connectTimeoutMicros = micros == 0 ? DEFAULT_CONNECT_TIMEOUT_MICROS : micros;
    }

    @Override
    public long intOption(int option) {
        return -Errno.ENOPROTOOPT;
    }

    @Override
    public int setIntOption(int option, int value) {
        return -Errno.ENOPROTOOPT;
    }

    @Override
    public TransportOptions at(int fd) {
        this.fd = fd;
        return this;
    }
}
