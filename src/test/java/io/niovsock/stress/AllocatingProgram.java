// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Pair;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Moves bytes through heap buffers over many connections, while other threads allocate. The argument is a number of
 * seconds.
 */
final class AllocatingProgram {
    private static final int CONNECTIONS = 4;
    private static final int ALLOCATORS = 4;
    private static final int BUFFER = 1 << 16;
    private static final int GARBAGE = 1 << 14;
    private static final int KEPT = 64; // of each allocator: data that survives a young collection

    private AllocatingProgram() { }

    public static void main(String[] arguments) throws Exception {
        long end = System.nanoTime() + Long.parseLong(arguments[0]) * 1_000_000_000L;
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Pair> pairs = new ArrayList<>();
        List<Future<Long>> results = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            Pair pair = Pair.of(ChannelKind.VSOCK);
            pairs.add(pair);
            results.add(threads.submit(() -> write(pair, end)));
            results.add(threads.submit(() -> read(pair)));
        }
        for (int i = 0; i < ALLOCATORS; i++)
            results.add(threads.submit(() -> allocate(end)));
        long moved = 0;
        for (Future<Long> result : results)
            moved += result.get();
        for (Pair pair : pairs)
            pair.close();
        threads.shutdown();
        System.out.println("moved and allocated: " + (moved >> 20) + " MiB");
    }

    private static long write(Pair pair, long end) throws Exception {
        ByteBuffer src = ByteBuffer.allocate(BUFFER);
        long written = 0;
        while (System.nanoTime() - end < 0)
            written += pair.client().write(src.clear());
        pair.client().shutdownOutput();
        return written;
    }

    private static long read(Pair pair) throws Exception {
        ByteBuffer dst = ByteBuffer.allocate(BUFFER);
        long read = 0;
        for (int n; (n = pair.peer().read(dst.clear())) >= 0; )
            read += n;
        return read;
    }

    private static long allocate(long end) {
        byte[][] kept = new byte[KEPT][];
        long allocated = 0;
        for (int i = 0; System.nanoTime() - end < 0; i++) {
            kept[i % KEPT] = new byte[GARBAGE];
            allocated += GARBAGE;
        }
        return allocated;
    }
}
