// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Natives;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that is blocked in an operation of a channel, so that another one can wake it: a platform thread by a signal
 * that ends its system call, a virtual thread (JDK 21 and later) by unparking it.
 *
 * <p> It is told by an object that costs nothing: the kernel's ID of a platform thread, or the virtual thread itself.
 */
public final class BlockedThread {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final MethodHandle IS_VIRTUAL = isVirtualHandle();

    /** The kernel's ID of a platform thread, which stays the same for the thread's life. */
    private static final ThreadLocal<Integer> NUMBER = ThreadLocal.withInitial(NATIVES::currentThread);

    private BlockedThread() { }

    private static MethodHandle isVirtualHandle() {
        try {
            return MethodHandles.lookup().findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (NoSuchMethodException jdk17) {
            return MethodHandles.dropArguments(MethodHandles.constant(boolean.class, false), 0, Thread.class);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    /** Whether the current thread is virtual. A virtual thread must park instead of blocking in a system call. */
    public static boolean isCurrentVirtual() {
        try {
            return (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The current thread, for {@link #wake}. */
    public static Object current() {
        return isCurrentVirtual() ? Thread.currentThread() : NUMBER.get();
    }

    /** Whether that is a virtual thread. It parks, and is never in a system call. */
    public static boolean isVirtual(Object thread) {
        return thread instanceof Thread;
    }

    /** Makes a thread read the channel's state again. It must still be in the operation. */
    public static void wake(Object thread) {
        if (thread instanceof Thread virtual)
            LockSupport.unpark(virtual);
        else
            NATIVES.signal((Integer) thread);
    }
}
