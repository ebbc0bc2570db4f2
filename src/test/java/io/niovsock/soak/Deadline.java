// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.util.concurrent.TimeUnit;

/** A moment of the monotonic clock, which jumps of the system's clock do not move. */
record Deadline(long nanoTime) {
    static Deadline in(double seconds) {
        return new Deadline(System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1)));
    }

    boolean isOver() {
        return System.nanoTime() - nanoTime >= 0;
    }

    double secondsLeft() {
        return (nanoTime - System.nanoTime()) / 1e9;
    }
}
