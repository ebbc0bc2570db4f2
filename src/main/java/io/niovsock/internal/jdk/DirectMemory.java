// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.LibraryClasses;
import io.niovsock.internal.natives.Natives;
import sun.nio.ch.DirectBuffer;
import sun.nio.ch.Util;

import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Native memory: the memory of direct buffers, and buffers that a thread borrows for one operation from the JDK's
 * cache.
 *
 * <p> This class gives an address only for a range that lies within its buffer. The caller passes the range; the
 * position and limit of the buffer are not used, since another thread may change them at any moment.
 */
public final class DirectMemory {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private static final DirectMemory INSTANCE = new DirectMemory();

    private DirectMemory() { }

    /**
     * The instance, for classes of this library. A caller must not use a buffer after giving it back: it is another
     * thread's then.
     *
     * @param caller the calling class's {@code MethodHandles.lookup()}
     * @throws IllegalCallerException if that is not a class of this library
     */
    public static DirectMemory of(MethodHandles.Lookup caller) {
        LibraryClasses.require(caller);
        return INSTANCE;
    }

    /**
     * Prevents other threads from closing the {@code Arena} of a direct buffer, which would free its memory.
     * {@link #release} must follow.
     *
     * @return null if only this thread, or no thread, can close the arena
     * @throws IllegalStateException if the arena is closed
     * @throws RuntimeException if the arena belongs to another thread (JDK 22: {@code WrongThreadException})
     */
    public Runnable hold(ByteBuffer direct) {
        try {
            ((DirectBuffer) direct).address();
            return null;
        } catch (UnsupportedOperationException ofSharedArena) {
            return NATIVES.holdSession(direct);
        }
    }

    /** Releases what {@link #hold} returned. */
    public void release(Runnable hold) {
        if (hold != null)
            hold.run();
    }

    /**
     * The address of a range of a direct buffer. The caller must keep the buffer reachable, and its hold.
     *
     * @throws IndexOutOfBoundsException if the range is not within the capacity of the buffer
     */
    public long address(ByteBuffer direct, Runnable hold, int index, int length) {
        Objects.checkFromIndexSize(index, length, direct.capacity());
        return (hold == null ? ((DirectBuffer) direct).address() : NATIVES.directAddress(direct)) + index;
    }

    /** The address of the first bytes of a borrowed buffer. */
    public long address(ByteBuffer borrowed, int length) {
        return address(borrowed, null, 0, length);
    }

    /**
     * Borrows a direct buffer of at least {@code size} bytes; {@link #giveBack} must follow. Each platform thread has a
     * cache. A virtual thread that parks in between may give the buffer back to another thread's cache; that does no
     * harm.
     */
    public ByteBuffer borrow(int size) {
        return Util.getTemporaryDirectBuffer(size);
    }

    /** Gives a buffer back. */
    public void giveBack(ByteBuffer borrowed) {
        Util.releaseTemporaryDirectBuffer(borrowed);
    }
}
