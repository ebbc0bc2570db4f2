// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The memory of an idle connected channel in bytes: on the heap, or everywhere else. The process must have a heap of a
 * fixed size that is touched from the start.
 */
final class IdleMemory implements Benchmark {
    private static final int PAIRS = 2_000;

    private final Implementation implementation;
    private final double nativeBytes; // measured once: freed memory does not return to the kernel

    IdleMemory(Implementation implementation, boolean outsideHeap) throws IOException {
        this.implementation = implementation;
        measure(false, 200); // loads every class
        nativeBytes = outsideHeap ? measure(true, PAIRS) : Double.NaN;
    }

    @Override
    public double iteration(double seconds) throws IOException {
        return Double.isNaN(nativeBytes) ? measure(false, PAIRS) : nativeBytes;
    }

    private double measure(boolean outsideHeap, int pairs) throws IOException {
        Connected[] open = new Connected[pairs];
        long before = outsideHeap ? residentBytes() : heapBytes();
        try (ServerSocketChannel listener = implementation.listen()) {
            SocketAddress where = listener.getLocalAddress();
            for (int i = 0; i < pairs; i++)
                open[i] = Connected.pair(implementation, listener, where);
        }
        long after = outsideHeap ? residentBytes() : heapBytes();
        for (Connected pair : open)
            pair.close();
        return Math.max(0, (after - before) / (2.0 * pairs) - (outsideHeap ? 0 : 8)); // 8: the pair itself, halved
    }

    private static long heapBytes() {
        for (int i = 0; i < 3; i++)
            System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long residentBytes() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(l -> l.startsWith("VmRSS"))
            .findFirst().orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
    }
}
