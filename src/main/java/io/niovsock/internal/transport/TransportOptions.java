// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import java.io.IOException;

/**
 * The options of {@code linux/vm_sockets.h} of one connection or listener: the sizes of its buffer, the kernel's limit
 * for a connect, and numbers that only some kernels know. Guarded by the lock of the channel's state.
 */
public interface TransportOptions {
    /** Reads {@code SO_VM_SOCKETS_BUFFER_SIZE}, or its minimum or maximum: the bytes in force. */
    long bufferSize(int option) throws IOException;

    /**
     * Sets {@code SO_VM_SOCKETS_BUFFER_SIZE}, or its minimum or maximum, in bytes. The size is clamped to the other
     * two.
     */
    void setBufferSize(int option, long bytes) throws IOException;

    /** The maximum length of a record in bytes, as far as that is known before the send. */
    long recordLimit();

    /** The kernel's limit for a connect, in microseconds. */
    long connectTimeoutMicros() throws IOException;

    /** Sets the kernel's limit for a connect; 0 restores its own. */
    void setConnectTimeoutMicros(long micros) throws IOException;

    /** A number that only some kernels know, such as {@code SO_VM_SOCKETS_TRUSTED}: not negative, or {@code -errno}. */
    long intOption(int option);

    /** Sets such a number: 0, or {@code -errno}. */
    int setIntOption(int option, int value);

    /** The same options, of the same socket under another number. */
    TransportOptions at(int fd);
}
