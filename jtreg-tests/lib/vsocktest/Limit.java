// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The limit of a test's wait for an event, so that the test fails with a reason instead of a timeout. */
public final class Limit {
    public static final long MILLIS = (long) (20_000 * Double.parseDouble(System.getProperty("test.timeout.factor",
        "1")));

    private static final long PAUSE_NANOS = 1_000_000;

    private Limit() { }

    /** Waits until the condition holds. */
    public static void await(BooleanSupplier condition, Supplier<String> what) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > MILLIS * 1_000_000)
                throw new AssertionError("not within " + MILLIS + " ms: " + what.get());
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
