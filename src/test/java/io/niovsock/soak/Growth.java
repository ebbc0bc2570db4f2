// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.util.List;

/**
 * Whether something grows during a leg: by the line through what was measured at the rests after the first tenth.
 *
 * @param trend null if there were too few rests
 * @param limit the growth that is allowed
 */
record Growth(Trend trend, double limit) {
    /** With fewer rests than these after the warm-up, there is no verdict. */
    static final int FEWEST = 12;

    private static final double WARM_UP = 0.1; // of the time
    private static final double SHARE = 0.05; // of the mean

    /** @param floor the growth that is always allowed */
    static Growth of(List<Trend.Point> rests, double floor) {
        double end = rests.stream().mapToDouble(Trend.Point::at).max().orElse(0);
        List<Trend.Point> warm = rests.stream().filter(point -> point.at() >= WARM_UP * end).toList();
        if (warm.size() < FEWEST)
            return new Growth(null, floor);
        Trend trend = Trend.of(warm);
        return new Growth(trend, Math.max(floor, SHARE * trend.mean()));
    }

    boolean isJudged() {
        return trend != null;
    }

    boolean isTooMuch() {
        return isJudged() && trend.growth() > limit;
    }
}
