// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Natives;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread, if any, that is blocked in an operation of a channel. Another thread can wake it: a platform thread by a
 * signal that ends its system call, a virtual thread (JDK 21 and later) by unparking it. Only one thread at a time
 * enters and exits. The caller must make sure that no thread wakes it after it has exited.
 */
public final class BlockedThread {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final MethodHandle IS_VIRTUAL = isVirtualHandle();

    /** The kernel's ID of a platform thread, which stays the same for the thread's life. */
    private static final ThreadLocal<Integer> NUMBER = ThreadLocal.withInitial(NATIVES::currentThread);

    private volatile boolean present; // written last: a thread that reads true also sees the fields below
    private int platformThread;
    private Thread virtualThread; // null: a platform thread

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

    /** Records that the current thread is about to block. */
    public void enter() {
        if (isCurrentVirtual())
            virtualThread = Thread.currentThread();
        else
            platformThread = NUMBER.get();
        present = true;
    }

    /** Records that the thread has left the operation. */
    public void exit() {
        present = false;
    }

    /**
     * Drops the reference to a virtual thread. Call it after {@link #exit}, when no other thread can wake this one any
     * more.
     */
    public void forget() {
        if (virtualThread != null)
            virtualThread = null;
    }

    public boolean isPresent() {
        return present;
    }

    /** Whether a virtual thread is here. It parks, and is never in a system call. */
    public boolean isVirtualThreadPresent() {
        return present && virtualThread != null;
    }

    /** Makes the thread read the channel's state again. */
    public void wake() {
        if (!present)
            return;
        if (virtualThread != null)
            LockSupport.unpark(virtualThread);
        else
            NATIVES.signal(platformThread);
    }
}
