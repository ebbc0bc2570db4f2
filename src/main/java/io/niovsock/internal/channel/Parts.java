package io.niovsock.internal.channel;

import java.nio.ByteBuffer;

/** One message in several buffers: gathered before it is sent, spread after it was received, so that it moves whole. */
final class Parts {
    private Parts() { }

    /** How many bytes are in the buffers, or have room there. */
    static long remaining(ByteBuffer[] parts, int offset, int length) {
        long remaining = 0;
        for (int i = offset; i < offset + length; i++)
            remaining += parts[i].remaining();
        return remaining;
    }

    /** What remains in the buffers, whose positions stay. */
    static ByteBuffer gather(ByteBuffer[] srcs, int offset, int length) {
        ByteBuffer whole = ByteBuffer.allocate((int) remaining(srcs, offset, length));
        for (int i = offset; i < offset + length; i++)
            whole.put(srcs[i].duplicate());
        return whole.flip();
    }

    /** All of the buffers was sent. */
    static void consume(ByteBuffer[] srcs, int offset, int length) {
        for (int i = offset; i < offset + length; i++)
            srcs[i].position(srcs[i].limit());
    }

    /** Moves what was received into the buffers, which have room for it. */
    static void spread(ByteBuffer whole, ByteBuffer[] dsts, int offset) {
        for (int i = offset; whole.hasRemaining(); i++) {
            ByteBuffer part = whole.slice(whole.position(), Math.min(whole.remaining(), dsts[i].remaining()));
            whole.position(whole.position() + part.remaining());
            dsts[i].put(part);
        }
    }
}
