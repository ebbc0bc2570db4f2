// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;

/** {@code java.lang.foreign.Arena} of JDK 22 and later, by reflection: this suite is compiled for earlier JDKs. */
public final class Arena implements AutoCloseable {
    private final Object arena;

    private Arena(String kind) throws Exception {
        require();
        arena = Class.forName("java.lang.foreign.Arena").getMethod(kind).invoke(null);
    }

    /** Skips the test if the JDK does not have arenas. */
    public static void require() {
        if (Runtime.version().feature() < 22)
            throw Skip.because("arenas need JDK 22 or later: this is " + Runtime.version());
    }

    /** Memory that every thread may use, and any thread may free. */
    public static Arena shared() throws Exception {
        return new Arena("ofShared");
    }

    /** Memory of the current thread only. */
    public static Arena confined() throws Exception {
        return new Arena("ofConfined");
    }

    public ByteBuffer allocate(int size) throws Exception {
        Object segment = Class.forName("java.lang.foreign.SegmentAllocator").getMethod("allocate", long.class)
            .invoke(arena, (long) size);
        return (ByteBuffer) Class.forName("java.lang.foreign.MemorySegment").getMethod("asByteBuffer").invoke(segment);
    }

    /** @throws IllegalStateException if an operation holds the memory */
    @Override
    public void close() {
        try {
            Class.forName("java.lang.foreign.Arena").getMethod("close").invoke(arena);
        } catch (InvocationTargetException e) {
            throw (RuntimeException) e.getCause();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
