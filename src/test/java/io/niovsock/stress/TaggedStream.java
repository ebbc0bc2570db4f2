// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A stream in which every byte identifies its place. The stream is a sequence of little-endian 64-bit words. The upper
 * half of a word is the number of the connection, the lower half the index of the word. {@code src/test/c/tagged.c}
 * writes the same.
 */
public final class TaggedStream {
    private static final int AROUND = 256;

    public final int number;
    private long position;
    private byte[] last = { };

    public TaggedStream(int number) {
        this.number = number;
    }

    /** The connection's number, from the first bytes of its stream. */
    public static int numberOf(byte[] firstWord) {
        return (int) (ByteBuffer.wrap(firstWord).order(ByteOrder.LITTLE_ENDIAN).getLong() >>> 32);
    }

    private byte tag(long at) {
        long word = Integer.toUnsignedLong(number) << 32 | at / Long.BYTES & 0xFFFFFFFFL;
        return (byte) (word >>> Byte.SIZE * (at % Long.BYTES));
    }

    /** The next bytes of the stream. */
    public byte[] next(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = tag(position + i);
        return bytes;
    }

    public void advance(int length) {
        position += length;
    }

    /** Checks bytes that were read; returns null, or a description of the error. */
    public String take(byte[] bytes) {
        int wrong = Arrays.mismatch(bytes, next(bytes.length));
        if (wrong >= 0)
            return "byte " + wrong + " of a read of " + bytes.length + " from position " + position + "; expected "
                + hex(next(bytes.length), wrong) + "; read " + hex(bytes, wrong) + "; the read before ended in "
                + hex(last, last.length);
        advance(bytes.length);
        last = bytes;
        return null;
    }

    private static String hex(byte[] bytes, int middle) {
        int from = Math.max(0, middle - AROUND);
        return "[" + from + "…] " + HexFormat.of().formatHex(bytes, from, Math.min(bytes.length, middle + AROUND));
    }

    public static byte[] complement(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++)
            bytes[i] = (byte) ~bytes[i];
        return bytes;
    }
}
