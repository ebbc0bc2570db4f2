// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.measure;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Times, each kept as it was measured. Count, mean, least and greatest are those of all times. Of more than
 * {@link #MOST}, every second one is dropped, and from then on only every second one is kept, for the percentiles.
 */
public final class Samples {
    static final int MOST = 1 << 22;
    private static final int FIRST = 1024;
    private static final double NANOS_PER_MICRO = 1e3;

    private long[] kept = new long[FIRST];
    private int size;
    private long every = 1;
    private long count;
    private double sum;
    private long least = Long.MAX_VALUE;
    private long greatest;

    /** Adds a time, in nanoseconds. */
    public void add(long nanos) {
        if (count++ % every == 0)
            keep(nanos);
        sum += nanos;
        least = Math.min(least, nanos);
        greatest = Math.max(greatest, nanos);
    }

    private void keep(long nanos) {
        if (size == MOST) {
            for (int i = 0; i < MOST / 2; i++)
                kept[i] = kept[2 * i];
            size = MOST / 2;
            every *= 2;
        }
        if (size == kept.length)
            kept = Arrays.copyOf(kept, 2 * size);
        kept[size++] = nanos;
    }

    /** How many times were added. */
    public long count() {
        return count;
    }

    /**
     * {@return the percentiles, in microseconds, with the least, the greatest and the mean; empty without a time}
     * A percentile is the least time that the given share of all times does not exceed.
     */
    public Map<String, Object> micros() {
        Map<String, Object> map = new LinkedHashMap<>();
        if (count == 0)
            return map;
        long[] sorted = Arrays.copyOf(kept, size);
        Arrays.sort(sorted);
        map.put("min", micros(least));
        map.put("mean", micros(Math.round(sum / count)));
        map.put("p50", micros(at(sorted, 50)));
        map.put("p90", micros(at(sorted, 90)));
        map.put("p99", micros(at(sorted, 99)));
        map.put("p99.9", micros(at(sorted, 99.9)));
        map.put("max", micros(greatest));
        return map;
    }

    private static long at(long[] sorted, double percent) {
        int rank = (int) Math.ceil(percent / 100 * sorted.length);
        return sorted[Math.max(0, rank - 1)];
    }

    private static double micros(long nanos) {
        return nanos / NANOS_PER_MICRO;
    }

    /** {@return the same as a line for people} */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder();
        micros().forEach((name, value) -> line.append(line.length() == 0 ? "" : ", ").append(name).append(' ')
            .append(String.format(Locale.ROOT, "%.1f", (double) value)));
        return line.append(" us").toString();
    }
}
