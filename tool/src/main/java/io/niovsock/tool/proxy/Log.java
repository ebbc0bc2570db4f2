// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What the proxy tells its operator, a line each. Of one kind of trouble at one place it tells once in ten seconds,
 * with the number of lines that were left out.
 */
final class Log {
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** When a kind of trouble was last told, and how often it was not. */
    private static final class Told {
        private long nanos;
        private long leftOut;
    }

    private final Consumer<String> lines;
    private final Consumer<Throwable> fatal;
    private final boolean verbose;
    private final Map<String, Told> told = new HashMap<>();

    Log(Consumer<String> lines, Consumer<Throwable> fatal, boolean verbose) {
        this.lines = lines;
        this.fatal = fatal;
        this.verbose = verbose;
    }

    void say(String line) {
        lines.accept(line);
    }

    boolean isVerbose() {
        return verbose;
    }

    void verbose(String line) {
        if (verbose)
            lines.accept(line);
    }

    /** Tells of a trouble, unless the same was told a moment ago. */
    void trouble(String place, String what) {
        long leftOut = leftOut(place + what);
        if (leftOut >= 0)
            lines.accept(place + ": " + what + (leftOut == 0 ? "" : " (and " + leftOut + " times before)"));
    }

    /** How often the trouble was left out since it was last told; -1 if it is left out now. */
    private synchronized long leftOut(String trouble) {
        long now = System.nanoTime();
        Told last = told.get(trouble);
        if (last == null) {
            if (told.size() >= 1000)
                told.clear();
            last = new Told();
            told.put(trouble, last);
        } else if (now - last.nanos < PAUSE_NANOS) {
            last.leftOut++;
            return -1;
        }
        long leftOut = last.leftOut;
        last.leftOut = 0;
        last.nanos = now;
        return leftOut;
    }

    /** Tells that a thread cannot continue. */
    void fatal(Throwable cause) {
        fatal.accept(cause);
    }
}
