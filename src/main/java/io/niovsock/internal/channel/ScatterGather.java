// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.internal.natives.Constants;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Several buffers as one operation sees them: the ranges that remained in them when it began. Another thread may change
 * the array or a buffer meanwhile; the operation keeps the buffers reachable and stays within these ranges. A buffer
 * that is there twice is two parts, each with a range and a position of its own, as with the platform's channels.
 */
final class ScatterGather {
    private ByteBuffer[] buffers = {};
    private int[] positions = {};
    private int[] lengths = {};
    private int first; // of those that are not done
    private int end;
    private long remaining;

    /** Takes the buffers in which something remains. */
    ScatterGather take(ByteBuffer[] all, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            ByteBuffer buffer = all[i];
            int position = buffer.position();
            add(buffer, position, BufferIo.remaining(buffer, position));
        }
        return this;
    }

    private void add(ByteBuffer buffer, int position, int length) {
        if (length == 0)
            return;
        if (end == buffers.length) {
            int more = Math.max(16, 2 * end);
            buffers = Arrays.copyOf(buffers, more);
            positions = Arrays.copyOf(positions, more);
            lengths = Arrays.copyOf(lengths, more);
        }
        buffers[end] = buffer;
        positions[end] = position;
        lengths[end] = length;
        end++;
        remaining += length;
    }

    /** Lets go of all buffers, so that the next operation can use this object. */
    void clear() {
        if (end > Constants.IOV_MAX) {
            buffers = new ByteBuffer[0];
            positions = lengths = new int[0];
        }
        Arrays.fill(buffers, 0, Math.min(end, buffers.length), null);
        first = end = 0;
        remaining = 0;
    }

    /** Returns how many bytes are in the parts, or have room there. */
    long remaining() {
        return remaining;
    }

    // -- the parts that are not done yet, by number

    int count() {
        return end - first;
    }

    ByteBuffer buffer(int i) {
        return buffers[first + i];
    }

    int position(int i) {
        return positions[first + i];
    }

    int length(int i) {
        return lengths[first + i];
    }

    /** Accounts for {@code n} bytes that have moved, here and in the positions of the buffers. */
    void advance(long n) {
        for (long left = n; left > 0; ) {
            int moved = (int) Math.min(left, lengths[first]);
            left -= moved;
            remaining -= moved;
            positions[first] += moved;
            lengths[first] -= moved;
            ByteBuffer buffer = buffers[first];
            int position = positions[first];
            if (lengths[first] == 0)
                first++;
            buffer.position(position);
        }
    }

    // -- one message in several buffers, which moves whole: gathered before it is sent, spread after it was received

    /** Returns a copy of the bytes in the parts, which stay as they are. */
    ByteBuffer gather() {
        ByteBuffer whole = ByteBuffer.allocate(Math.toIntExact(remaining));
        for (int i = 0, at = 0; i < count(); at += length(i), i++)
            whole.put(at, buffer(i), position(i), length(i));
        return whole;
    }

    /** Puts a received message into the parts, which have room for it. */
    void spread(ByteBuffer whole) {
        int size = whole.remaining();
        for (int i = 0, at = 0; at < size; i++) {
            int moved = Math.min(size - at, length(i));
            buffer(i).put(position(i), whole, at, moved);
            at += moved;
        }
        advance(size);
    }
}
