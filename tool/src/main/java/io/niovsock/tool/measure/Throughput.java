// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.measure;

/**
 * What moved in one direction.
 *
 * @param bytes the bytes that the receiver has counted
 * @param nanos the time from its first byte to its last one
 */
public record Throughput(long bytes, long nanos) {
    private static final double MEBIBYTE = 1 << 20;
    private static final double NANOS = 1e9;

    /** {@return MiB for each second} */
    public double mebibytesPerSecond() {
        return nanos == 0 ? 0 : bytes / MEBIBYTE / (nanos / NANOS);
    }
}
