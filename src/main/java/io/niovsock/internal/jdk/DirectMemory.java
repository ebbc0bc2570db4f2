package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.LibraryClasses;
import io.niovsock.internal.natives.Natives;
import sun.nio.ch.DirectBuffer;
import sun.nio.ch.Util;

import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Native memory: that of direct buffers, and what a thread borrows for one operation from the JDK's own cache.
 *
 * <p> An address is given only for a range that lies within its buffer. The range is the caller's own numbers, never the
 * position and limit of the buffer: another thread may change those at any moment.
 */
public final class DirectMemory {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private static final DirectMemory INSTANCE = new DirectMemory();

    private DirectMemory() { }

    /**
     * Native memory, for classes of this library: a buffer that is used after it was given back is another thread's.
     *
     * @param caller what {@code MethodHandles.lookup()} gives the calling class
     * @throws IllegalCallerException if that is no class of this library
     */
    public static DirectMemory of(MethodHandles.Lookup caller) {
        LibraryClasses.require(caller);
        return INSTANCE;
    }

    /**
     * Keeps the memory of a direct buffer from being freed by a thread that closes its {@code Arena}. {@link #release} must
     * follow.
     *
     * @return null where only this thread, or no thread, can close the arena
     * @throws IllegalStateException if the arena is closed
     * @throws RuntimeException if the arena is of another thread (JDK 22: {@code WrongThreadException})
     */
    public Runnable hold(ByteBuffer direct) {
        try {
            ((DirectBuffer) direct).address();
            return null;
        } catch (UnsupportedOperationException ofSharedArena) {
            return NATIVES.holdSession(direct);
        }
    }

    /** Lets go of what {@link #hold} has given. */
    public void release(Runnable hold) {
        if (hold != null)
            hold.run();
    }

    /**
     * The address of a range of a direct buffer. The caller keeps the buffer reachable, and its hold.
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
     * A direct buffer of so many bytes; {@link #giveBack} must follow. The cache is that of the platform thread: a virtual
     * thread that parks in between may give it back to another one's, which holds as well as any.
     */
    public ByteBuffer borrow(int size) {
        return Util.getTemporaryDirectBuffer(size);
    }

    /** Gives a buffer back. */
    public void giveBack(ByteBuffer borrowed) {
        Util.releaseTemporaryDirectBuffer(borrowed);
    }
}
