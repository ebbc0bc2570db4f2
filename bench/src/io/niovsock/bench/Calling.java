// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.nio.ByteBuffer;

/** One thread writes bytes and reads them, so no thread waits: microseconds for both calls. */
final class Calling implements Benchmark {
    private final Connected pair;
    private final ByteBuffer buffer;

    Calling(Connected pair, int size, boolean direct) {
        this.pair = pair;
        buffer = Throughput.allocate(direct).limit(size).slice();
    }

    @Override
    public double iteration(double seconds) throws IOException {
        long nanos = (long) (seconds * 1e9);
        long trips = 0;
        long start = System.nanoTime();
        long elapsed;
        do {
            pair.client().write(buffer.clear());
            buffer.clear();
            while (buffer.hasRemaining())
                pair.server().read(buffer);
            trips++;
        } while ((elapsed = System.nanoTime() - start) < nanos);
        return elapsed / 1e3 / trips;
    }
}
