// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;

/** Connects to a guest behind a played device, and closes: microseconds for both. */
final class GuestConnecting implements Benchmark {
    private final PlayedGuest.Connector guest;

    GuestConnecting(Implementation implementation, boolean handshake) throws IOException {
        guest = PlayedGuest.start(implementation, PlayedGuest.ECHO, handshake);
    }

    @Override
    public double iteration(double seconds) throws IOException {
        long nanos = (long) (seconds * 1e9);
        long count = 0;
        long start = System.nanoTime();
        long elapsed;
        do {
            guest.connect().close();
            count++;
        } while ((elapsed = System.nanoTime() - start) < nanos);
        return elapsed / 1e3 / count;
    }
}
