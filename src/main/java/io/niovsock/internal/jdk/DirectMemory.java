package io.niovsock.internal.jdk;

import sun.nio.ch.DirectBuffer;
import sun.nio.ch.Util;

import java.nio.ByteBuffer;

/** Native memory: that of direct buffers, and what a thread borrows for one system call from the JDK's own cache. */
public final class DirectMemory {
    private DirectMemory() { }

    /**
     * Whether a system call may use the memory of the buffer itself: that of a shared {@code Arena} (JDK 22) another thread
     * can free meanwhile, and so it has no address.
     */
    public static boolean isUsable(ByteBuffer buffer) {
        if (!buffer.isDirect())
            return false;
        try {
            ((DirectBuffer) buffer).address();
            return true;
        } catch (UnsupportedOperationException ofSharedArena) {
            return false;
        }
    }

    /** The address of the next byte of a buffer that {@link #isUsable}. The caller keeps the buffer reachable. */
    public static long address(ByteBuffer direct) {
        return ((DirectBuffer) direct).address() + direct.position();
    }

    /** A direct buffer of so many bytes; {@link #giveBack} must follow before the thread parks. */
    public static ByteBuffer borrow(int size) {
        return Util.getTemporaryDirectBuffer(size);
    }

    /** Gives a buffer back. */
    public static void giveBack(ByteBuffer borrowed) {
        Util.releaseTemporaryDirectBuffer(borrowed);
    }
}
