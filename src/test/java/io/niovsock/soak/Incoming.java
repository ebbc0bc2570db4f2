// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;

/** A stream that an {@link Outgoing} sends: counts the bytes, and compares the digest behind them. */
final class Incoming {
    private static final int MOST = 1 << 17;

    private final CRC32C digest = new CRC32C();
    private final ByteBuffer buffer;
    private final ByteBuffer told = ByteBuffer.allocate(Outgoing.DIGEST);
    private long left;

    Incoming(long bytes, boolean direct) {
        left = bytes;
        int size = 1000 + ThreadLocalRandom.current().nextInt(MOST);
        buffer = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    }

    /** The buffer to read into, with space for what is still expected; null once everything was read. */
    ByteBuffer space() {
        if (left > 0)
            return buffer.clear().limit((int) Math.min(buffer.capacity(), left));
        return told.hasRemaining() ? told : null;
    }

    /** Takes what was read into the space. */
    void took(int bytes) {
        if (left == 0)
            return;
        digest.update(buffer.flip());
        left -= bytes;
    }

    /** Whether the digest that came is that of the bytes that came. */
    boolean isRight() {
        return !told.hasRemaining() && told.getLong(0) == digest.getValue();
    }
}
