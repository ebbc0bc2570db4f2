package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Natives;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread, if any, that is blocked in an operation of a channel, so that another can wake it: a platform thread by a
 * signal that ends its system call, a virtual thread (JDK 21 and later) by unparking it. One thread at a time enters and
 * exits; that no other wakes it once it has exited is for the caller to see to.
 */
public final class BlockedThread {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final MethodHandle IS_VIRTUAL = isVirtualHandle();

    /** The kernel's number of a platform thread, which is the same for the thread's life. */
    private static final ThreadLocal<Integer> NUMBER = ThreadLocal.withInitial(NATIVES::currentThread);

    private volatile boolean present; // published last, so that who sees it sees the thread too
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

    /** Whether the current thread is virtual: it must not block in a system call, but park. */
    public static boolean isCurrentVirtual() {
        try {
            return (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The current thread is about to block. */
    public void enter() {
        if (isCurrentVirtual())
            virtualThread = Thread.currentThread();
        else
            platformThread = NUMBER.get();
        present = true;
    }

    /** The thread has left the operation. */
    public void exit() {
        present = false;
    }

    /** After {@link #exit}, when nobody can be waking the thread any more: keeps no virtual thread from being collected. */
    public void forget() {
        if (virtualThread != null)
            virtualThread = null;
    }

    public boolean isPresent() {
        return present;
    }

    /** Whether a virtual thread is here, which parks, and is never in a system call. */
    public boolean isVirtualThreadPresent() {
        return present && virtualThread != null;
    }

    /** Makes the thread look at the channel's state again. */
    public void wake() {
        if (!present)
            return;
        if (virtualThread != null)
            LockSupport.unpark(virtualThread);
        else
            NATIVES.signal(platformThread);
    }
}
