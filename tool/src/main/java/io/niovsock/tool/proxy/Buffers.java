// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The buffers of one event loop. A read and the write that follows it use the one buffer of the loop. If the receiver
 * takes a part only, the rest moves into a buffer of its own, of the next power of two, until the receiver takes it. So
 * an idle connection has no buffer.
 *
 * <p> Once the rests fill the memory that they may have, reads shrink to {@link #MIN_SIZE}, and so do the rests.
 * Connections continue then, slower, and the memory stays bounded by the number of connections.
 */
final class Buffers {
    static final int MIN_SIZE = 4096;
    private static final int MAX_UNUSED = 16; // of each size

    private final long memory;
    private final List<ArrayDeque<ByteBuffer>> unused = new ArrayList<>();
    private final ByteBuffer scratch;
    private long used;

    Buffers(int size, long memory) {
        this.memory = memory;
        scratch = ByteBuffer.allocateDirect(size);
        for (int c = MIN_SIZE; c < 2 * size; c *= 2)
            unused.add(new ArrayDeque<>());
    }

    /** The buffer of the loop, empty, with room for as much as can be kept. */
    ByteBuffer scratch() {
        scratch.clear();
        if (memory - used < scratch.capacity())
            scratch.limit(Math.min(MIN_SIZE, scratch.capacity()));
        return scratch;
    }

    /** A copy of the bytes that are left in the buffer of the loop. */
    ByteBuffer keep(ByteBuffer rest) {
        int index = classOf(rest.remaining());
        ByteBuffer kept = unused.get(index).poll();
        if (kept == null)
            kept = ByteBuffer.allocateDirect(MIN_SIZE << index);
        used += kept.capacity();
        return kept.clear().put(rest).flip();
    }

    void release(ByteBuffer kept) {
        used -= kept.capacity();
        ArrayDeque<ByteBuffer> same = unused.get(classOf(kept.capacity()));
        if (same.size() < MAX_UNUSED)
            same.push(kept); // the last one used is the first one reused: it is in the caches
    }

    private static int classOf(int size) {
        return size <= MIN_SIZE ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros((size - 1) / MIN_SIZE);
    }
}
