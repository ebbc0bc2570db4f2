package io.niovsock.internal.jdk;

import sun.nio.ch.DirectBuffer;
import sun.nio.ch.Util;

import java.nio.ByteBuffer;

/** Native memory: that of direct buffers, and what a thread borrows for one system call from the JDK's own cache. */
public final class DirectMemory {
    private DirectMemory() { }

    /** The address of the buffer's next byte. The caller keeps the buffer reachable. */
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
