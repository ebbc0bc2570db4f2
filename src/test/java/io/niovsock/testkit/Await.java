// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for an effect of another thread or of the kernel. */
public final class Await {
    private static final long POLL_NANOS = 200_000;

    private Await() { }

    /** Waits until the condition holds. On timeout, it fails with the text, which it evaluates then. */
    public static void until(Supplier<String> otherwise, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + Machine.PATIENCE.toNanos();
        while (!holds(condition)) {
            if (System.nanoTime() - deadline > 0)
                throw new AssertionError("after " + Machine.PATIENCE.toSeconds() + " s: " + otherwise.get());
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private static boolean holds(Callable<Boolean> condition) {
        try {
            return condition.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
