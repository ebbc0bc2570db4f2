// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.testkit.Background;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketTimeoutException;

/** One end of a connection, whichever API it is made of. Several threads may read and write. */
interface End extends Closeable {
    /** Reads some bytes, and returns their number, or -1 at the end of the stream. */
    int read(byte[] dst) throws IOException;

    /** Writes all the bytes. */
    void write(byte[] src) throws IOException;

    void shutdownOutput() throws IOException;

    /** Asks for addresses and options, and sets an option. */
    void ask() throws IOException;

    /** The class, or its superclass, of the exception that ends an operation when another thread closes this end. */
    Class<? extends IOException> endedByClose();

    /** Whether a thread waits in a read. */
    default boolean isReadPending(Background<?> reader) {
        return reader.isBlocked();
    }

    /** Whether a thread waits in a write. */
    default boolean isWritePending(Background<?> writer) {
        return writer.isBlocked();
    }

    /** Limits each later read, which then ends with a {@link SocketTimeoutException}; 0: no limit. */
    default void limitReads(long nanos) throws IOException {
        throw new UnsupportedOperationException("no limit for reads");
    }

    /** Limits each later write, of which a part may have been sent; 0: no limit. */
    default void limitWrites(long nanos) {
        throw new UnsupportedOperationException("no limit for writes");
    }

    /** Ends the operations under way as if their time was over. */
    default void endPending() {
        throw new UnsupportedOperationException("nothing ends what is under way");
    }

    /** Whether a direction can be used again after one of its operations has reached its limit. */
    default boolean goesOnAfterLimit() {
        return true;
    }
}
