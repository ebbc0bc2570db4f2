// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Messages over an {@link End}, which reads any number of bytes at a time. */
final class Conversation {
    private static final int LARGEST_PIECE = 4096;

    private Conversation() { }

    /** Writes the bytes in pieces of different sizes. */
    static void writeInPieces(End end, byte[] bytes) throws IOException {
        Random random = new Random(bytes.length);
        int size;
        for (int from = 0; from < bytes.length; from += size) {
            size = Math.min(1 + random.nextInt(LARGEST_PIECE), bytes.length - from);
            end.write(Arrays.copyOfRange(bytes, from, from + size));
        }
    }

    static byte[] readToEnd(End end) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] piece = new byte[LARGEST_PIECE];
        for (int n = end.read(piece); n >= 0; n = end.read(piece))
            bytes.write(piece, 0, n);
        return bytes.toByteArray();
    }

    static byte[] readExactly(End end, int size) throws IOException {
        byte[] bytes = new byte[size];
        int total = 0;
        while (total < size) {
            byte[] piece = new byte[size - total];
            int n = end.read(piece);
            if (n < 0)
                throw new AssertionError("the stream ends after " + total + " of " + size + " bytes");
            System.arraycopy(piece, 0, bytes, total, n);
            total += n;
        }
        return bytes;
    }

    static void writeNumber(End end, long number) throws IOException {
        end.write(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
    }

    static long readNumber(End end) throws IOException {
        return ByteBuffer.wrap(readExactly(end, Long.BYTES)).getLong();
    }

    /** Checks that both directions work. */
    static void assertConnected(End one, End other) throws IOException {
        writeNumber(one, 17);
        assertEquals(17, readNumber(other));
        writeNumber(other, 18);
        assertEquals(18, readNumber(one));
    }
}
