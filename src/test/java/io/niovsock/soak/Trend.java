// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.util.List;

/**
 * A straight line through measurements, by least squares.
 *
 * @param mean of the measurements
 * @param growth from the first to the last moment, along the line
 */
record Trend(double mean, double growth) {
    /** A measurement at a moment. */
    record Point(double at, double value) { }

    /** @throws IllegalArgumentException if there are fewer than two moments */
    static Trend of(List<Point> points) {
        double meanAt = points.stream().mapToDouble(Point::at).average().orElse(0);
        double mean = points.stream().mapToDouble(Point::value).average().orElse(0);
        double squares = points.stream().mapToDouble(p -> (p.at - meanAt) * (p.at - meanAt)).sum();
        if (squares == 0)
            throw new IllegalArgumentException("a line needs two moments");
        double slope = points.stream().mapToDouble(p -> (p.at - meanAt) * (p.value - mean)).sum() / squares;
        double first = points.stream().mapToDouble(Point::at).min().orElse(0);
        double last = points.stream().mapToDouble(Point::at).max().orElse(0);
        return new Trend(mean, slope * (last - first));
    }
}
