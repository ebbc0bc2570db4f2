// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A process that runs one benchmark of one implementation:
 * {@code IMPLEMENTATION BENCHMARK PARAM WARM_UP_MILLIS ITERATION_MILLIS FILE}. It prints "ready" when it is warm, and
 * then, for each line of its input, the result of one iteration. If it cannot run, it prints "cannot: REASON".
 * {@code reference.c} does the same.
 */
final class Fork {
    private Fork() { }

    public static void main(String[] args) throws Exception {
        double warmUpSeconds = Integer.parseInt(args[3]) / 1e3;
        double iterationSeconds = Integer.parseInt(args[4]) / 1e3;
        try {
            Benchmark benchmark = Benchmark.named(args[1], args[0],
                Integer.parseInt(args[2]), Path.of(args[5]));
            for (long start = System.nanoTime(); (System.nanoTime() - start) / 1e9 < warmUpSeconds; )
                // several, so that the loops themselves get compiled
                benchmark.iteration(Math.min(iterationSeconds, warmUpSeconds / 5));
            System.gc();
            System.out.println("ready");
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
            while (in.readLine() != null)
                System.out.println(String.format(Locale.ROOT, "%.6g", benchmark.iteration(iterationSeconds)));
        } catch (Exception | LinkageError e) {
            e.printStackTrace();
            System.out.println("cannot: " + e);
        }
        System.exit(0); // threads that serve the other end are still there
    }
}
