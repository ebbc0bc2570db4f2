// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * Counts what was sent over a connection, as {@code src/test/c/peer.c} does: bytes, a digest over the pieces (FNV-1a in
 * words of 64 bits), and the number of pieces.
 */
final class Tally {
    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private long bytes;
    private long digest = OFFSET;
    private long pieces;

    long bytes() {
        return bytes;
    }

    /** Adds the bytes between position and limit, and changes neither. */
    void add(ByteBuffer piece) {
        ByteBuffer words = piece.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int length = words.remaining();
        long sum = digest;
        while (words.remaining() >= Long.BYTES)
            sum = (sum ^ words.getLong()) * PRIME;
        if (words.hasRemaining()) {
            long word = 0;
            for (int shift = 0; words.hasRemaining(); shift += Byte.SIZE)
                word |= (words.get() & 0xffL) << shift;
            sum = (sum ^ word) * PRIME;
        }
        digest = (sum ^ length) * PRIME;
        bytes += length;
        pieces++;
    }

    /** The peer's line for the same tally. */
    @Override
    public String toString() {
        return bytes + " " + HexFormat.of().toHexDigits(digest) + " " + pieces;
    }
}
