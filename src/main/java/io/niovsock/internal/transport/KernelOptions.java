// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;

/** The options of a socket of the kernel's vsock, which keeps them. */
final class KernelOptions implements TransportOptions {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private final int fd;
    private final int family;

    KernelOptions(int fd, int family) {
        this.fd = fd;
        this.family = family;
    }

    @Override
    public long bufferSize(int option) throws IOException {
        long[] bytes = new long[1];
        Transport.check(NATIVES.getLong(fd, family, option, bytes), "read the buffer size");
        return bytes[0];
    }

    @Override
    public void setBufferSize(int option, long bytes) throws IOException {
        Transport.check(NATIVES.setLong(fd, family, option, bytes), "set the buffer size to " + bytes);
    }

    /** Not known: the kernel compares a record with the peer's buffer. */
    @Override
    public long recordLimit() {
        return Long.MAX_VALUE;
    }

    @Override
    public long connectTimeoutMicros() throws IOException {
        long[] micros = new long[1];
        Transport.check(NATIVES.getMicros(fd, family, Constants.SO_VM_SOCKETS_CONNECT_TIMEOUT, micros),
            "read the connect timeout");
        return micros[0];
    }

    @Override
    public void setConnectTimeoutMicros(long micros) throws IOException {
        Transport.check(NATIVES.setMicros(fd, family, Constants.SO_VM_SOCKETS_CONNECT_TIMEOUT, micros),
            "set the connect timeout");
    }

    @Override
    public long intOption(int option) {
        long[] value = new long[1];
        int result = NATIVES.getInt(fd, family, option, value);
        return result < 0 ? result : Integer.toUnsignedLong((int) value[0]);
    }

    @Override
    public int setIntOption(int option, int value) {
        return NATIVES.setInt(fd, family, option, value);
    }

    @Override
    public TransportOptions at(int fd) {
        return new KernelOptions(fd, family);
    }
}
