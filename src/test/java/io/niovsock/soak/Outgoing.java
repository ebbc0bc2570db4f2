// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;

/** A stream of random bytes to send, in pieces of random size. Its digest follows it, a long. */
final class Outgoing {
    static final int DIGEST = Long.BYTES;
    private static final int BLOCK = 1 << 20;
    private static final int MOST = 1 << 18; // of a piece
    private static final ByteBuffer HEAP = random(ByteBuffer.allocate(BLOCK));
    private static final ByteBuffer DIRECT = random(ByteBuffer.allocateDirect(BLOCK));

    private final CRC32C digest = new CRC32C();
    private final ByteBuffer source;
    private long left;
    private boolean told;
    private ByteBuffer piece = ByteBuffer.allocate(0);

    /** @param direct whether the pieces are direct buffers; others have arrays */
    Outgoing(long bytes, boolean direct) {
        left = bytes;
        source = direct ? DIRECT : HEAP;
    }

    private static ByteBuffer random(ByteBuffer block) {
        byte[] bytes = new byte[block.capacity()];
        new Random(1).nextBytes(bytes);
        return block.put(bytes).clear();
    }

    /** The buffer to write from, with something remaining; null once everything was written. */
    ByteBuffer next() {
        if (piece.hasRemaining())
            return piece;
        if (left > 0) {
            ThreadLocalRandom chance = ThreadLocalRandom.current();
            int length = (int) Math.min(left, 1 + chance.nextInt(chance.nextInt(8) == 0 ? 300 : MOST));
            piece = source.slice(chance.nextInt(BLOCK - length + 1), length);
            digest.update(piece.duplicate());
            left -= length;
        } else if (!told) {
            piece = ByteBuffer.allocate(DIGEST).putLong(digest.getValue()).flip();
            told = true;
        } else {
            return null;
        }
        return piece;
    }
}
