// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs steps, and reports the result of each in the format that {@code bin/check} counts. It uses no formatter: in a
 * guest in a guest, the first use of one takes seconds.
 */
final class Report {
    private static final double MEBIBYTE = 1 << 20;

    private final String side;
    private final int limit;
    private int failures;

    /** @param limit the seconds that a step may take */
    Report(String side, int limit) {
        this.side = side;
        this.limit = limit;
    }

    /** @param step returns its result as text, or throws */
    void step(String name, Callable<String> step) {
        long start = System.nanoTime();
        FutureTask<String> result = new FutureTask<>(step);
        Thread thread = new Thread(result, name);
        thread.setDaemon(true);
        thread.start();
        try {
            say("ok - ", name, result.get(limit, TimeUnit.SECONDS), start);
        } catch (TimeoutException e) {
            Throwable where = new AssertionError("still there after " + limit + " s");
            where.setStackTrace(thread.getStackTrace());
            failed(name, where, start);
        } catch (ExecutionException e) {
            failed(name, e.getCause(), start);
        } catch (InterruptedException e) {
            failed(name, e, start);
        }
    }

    private void failed(String name, Throwable why, long start) {
        failures++;
        say("not ok - ", name, why.toString(), start);
        why.printStackTrace(System.out);
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

    /** The number of bytes since then, and how many in a second, as text. */
    static String rate(long bytes, long nanos) {
        return bytes / MEBIBYTE + " MiB, digests agree, " + rounded(bytes / secondsSince(nanos) / MEBIBYTE) + " MiB/s";
    }

    static String rounded(double number) {
        return Double.toString(Math.round(number * 100) / 100.0);
    }

    int exitStatus() {
        return failures == 0 ? 0 : 1;
    }
}
