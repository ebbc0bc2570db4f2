// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Whether memory grows is judged by a line through what was measured. */
class TrendTest {
    private static final double EXACT = 1e-6;
    private static final double MEBIBYTE = 1 << 20;

    private static List<Trend.Point> points(int count, double start, double slope, double noise) {
        return IntStream.range(0, count)
            .mapToObj(i -> new Trend.Point(i, start + slope * i + (i % 2 == 0 ? noise : -noise))).toList();
    }

    @Test
    void aLineIsFoundExactly() {
        Trend trend = Trend.of(points(11, 5, 3, 0));
        assertEquals(30, trend.growth(), EXACT);
        assertEquals(20, trend.mean(), EXACT);
    }

    @Test
    void noiseAroundALevelIsNoGrowth() {
        assertEquals(0, Trend.of(points(101, 100, 0, 10)).growth(), 1);
    }

    @Test
    void oneMomentHasNoTrend() {
        assertThrows(IllegalArgumentException.class, () -> Trend.of(points(1, 1, 1, 0)));
    }

    @Test
    void aLeakIsGrowthAndALevelIsNot() {
        assertTrue(Growth.of(points(60, 5 * MEBIBYTE, MEBIBYTE / 20, 1000), MEBIBYTE).isTooMuch());
        assertFalse(Growth.of(points(60, 5 * MEBIBYTE, 0, 100_000), MEBIBYTE).isTooMuch());
    }

    @Test
    void theFirstTenthIsWarmUp() {
        List<Trend.Point> settling = IntStream.range(0, 100)
            .mapToObj(i -> new Trend.Point(i, (i < 10 ? 1 : 50) * MEBIBYTE)).toList();
        assertEquals(0, Growth.of(settling, MEBIBYTE).trend().growth(), EXACT);
    }

    @Test
    void fewMomentsAreNotJudged() {
        Growth growth = Growth.of(points(Growth.FEWEST, 0, 10 * MEBIBYTE, 0), MEBIBYTE);
        assertFalse(growth.isJudged());
        assertFalse(growth.isTooMuch());
    }
}
