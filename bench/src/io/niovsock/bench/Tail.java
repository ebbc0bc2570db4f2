// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * The slowest of many round trips, one after the other: microseconds within which all but the given part ended. With a
 * busy collector, another thread makes 64 MB of garbage a second; in C it writes as much.
 */
final class Tail implements Benchmark {
    private static final int TRIPS = 20_000;
    private static final int GARBAGE = 64 << 10; // bytes a millisecond
    private static final int PIECE = 1 << 10;

    interface Trip {
        void make() throws Exception;
    }

    private static volatile byte[] garbage;

    private final Trip trip;
    private final int permille;
    private final boolean collectorBusy;
    private final long[] nanos = new long[TRIPS];
    private volatile boolean measuring; // other forks have the processor meanwhile

    /** @param permille how many of 1,000 trips are at most as slow as the result */
    Tail(Trip trip, int permille, boolean collectorBusy) {
        this.trip = trip;
        this.permille = permille;
        this.collectorBusy = collectorBusy;
    }

    private void makeGarbage() {
        while (measuring) {
            for (int made = 0; made < GARBAGE; made += PIECE)
                garbage = new byte[PIECE];
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public double iteration(double unused) throws Exception {
        measuring = true;
        Thread busy = new Thread(this::makeGarbage);
        if (collectorBusy)
            busy.start();
        for (int i = 0; i < TRIPS; i++) {
            long start = System.nanoTime();
            trip.make();
            nanos[i] = System.nanoTime() - start;
        }
        measuring = false;
        busy.join();
        Arrays.sort(nanos);
        return nanos[(int) ((long) TRIPS * permille / 1000) - 1] / 1e3;
    }
}
