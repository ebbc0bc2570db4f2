// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stream;

import java.nio.ByteBuffer;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * The kinds of byte buffers. A buffer that is a part of a larger one has guards on both sides, which must not change.
 */
enum BufferShape {
    HEAP,
    DIRECT,
    HEAP_WITH_POSITION,
    DIRECT_WITH_POSITION,
    HEAP_SLICE,
    DIRECT_SLICE,
    READ_ONLY_HEAP,
    READ_ONLY_DIRECT,
    READ_ONLY_HEAP_SLICE;

    private static final int GUARD = 13; // odd, so that nothing is aligned
    private static final byte GUARD_BYTE = (byte) 0xA5;

    boolean isReadOnly() {
        return name().startsWith("READ_ONLY");
    }

    private boolean isDirect() {
        return name().contains("DIRECT");
    }

    private boolean isGuarded() {
        return name().endsWith("SLICE") || name().endsWith("POSITION");
    }

    /** A buffer whose remaining bytes are the given ones. */
    ByteBuffer holding(byte[] bytes) {
        ByteBuffer buffer = withRoomFor(bytes.length);
        buffer.duplicate().put(bytes);
        return isReadOnly() ? buffer.asReadOnlyBuffer() : buffer;
    }

    /** A writable buffer with {@code size} remaining bytes. */
    ByteBuffer withRoomFor(int size) {
        int guard = isGuarded() ? GUARD : 0;
        ByteBuffer whole = isDirect() ? ByteBuffer.allocateDirect(size + 2 * guard)
            : ByteBuffer.allocate(size + 2 * guard);
        while (whole.hasRemaining())
            whole.put(GUARD_BYTE);
        whole.position(guard).limit(guard + size);
        return name().endsWith("SLICE") ? whole.slice() : whole;
    }

    /** Checks the guards around a buffer, which must be a heap buffer or one with a position. */
    static void assertGuardsUntouched(ByteBuffer buffer, int start, int size) {
        if (!buffer.hasArray() && buffer.capacity() == size)
            return; // a direct slice does not reveal its origin
        byte[] whole = new byte[buffer.hasArray() ? buffer.array().length : buffer.capacity()];
        if (buffer.hasArray())
            System.arraycopy(buffer.array(), 0, whole, 0, whole.length);
        else
            buffer.duplicate().clear().get(whole);
        int offset = buffer.hasArray() ? buffer.arrayOffset() + start : start;
        byte[] guards = whole.clone();
        Arrays.fill(guards, 0, offset, GUARD_BYTE);
        Arrays.fill(guards, offset + size, guards.length, GUARD_BYTE);
        assertEquals(-1, Arrays.mismatch(whole, guards), "index at which a byte outside the buffer was changed");
    }
}
