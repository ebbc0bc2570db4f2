// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import java.util.concurrent.Callable;

/**
 * Runs steps, and reports the result of each in the format that {@code bin/check} counts. It uses no formatter: in a
 * guest in a guest, the first use of one takes seconds.
 */
final class Report {
    private final String side;
    private int failures;

    Report(String side) {
        this.side = side;
    }

    /** @param step returns its result as text, or throws */
    void step(String name, Callable<String> step) {
        long start = System.nanoTime();
        try {
            say("ok - ", name, step.call(), start);
        } catch (Exception | AssertionError e) {
            failures++;
            say("not ok - ", name, e.toString(), start);
            e.printStackTrace(System.out);
        }
    }

    private void say(String verdict, String name, String remark, long start) {
        System.out.println(verdict + side + ": " + name + ": " + remark + " (" + seconds(start) + ")");
        System.out.flush();
    }

    static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }

    /** The seconds since then, as text. */
    static String seconds(long nanos) {
        return rounded(secondsSince(nanos)) + " s";
    }

    static String rounded(double number) {
        return Double.toString(Math.round(number * 100) / 100.0);
    }

    int exitStatus() {
        return failures == 0 ? 0 : 1;
    }
}
