// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A benchmark, as a worker runs it. The constructor prepares it. */
interface Work {
    /**
     * Runs one round.
     *
     * @param seconds the approximate duration, unless the benchmark has its own
     * @return the result, in the unit of the benchmark
     */
    double round(double seconds) throws Exception;

    /** @param variant a number; its meaning depends on the benchmark */
    static Work named(String name, Contender contender, int variant, Path file) throws Exception {
        return switch (name) {
            case "pingpong", "tcp-echo" -> new PingPong(contender, false, () -> ByteBuffer.allocateDirect(1));
            case "pingpong-heap" -> new PingPong(contender, false, () -> ByteBuffer.allocate(Throughput.SIZE));
            case "pingpong-virtual" -> new PingPong(contender, true, () -> ByteBuffer.allocateDirect(1));
            case "call-direct" -> new Calling(contender, variant, true);
            case "call-heap" -> new Calling(contender, variant, false);
            case "throughput-direct" -> new Throughput(contender, Throughput.Shape.DIRECT);
            case "throughput-heap" -> new Throughput(contender, Throughput.Shape.HEAP);
            case "throughput-gather" -> new Throughput(contender, Throughput.Shape.GATHER);
            case "select" -> new Selecting(contender, variant, 1);
            case "select-active" -> new Selecting(contender, variant, variant);
            case "connect", "tcp-connect" -> new Connecting(contender);
            case "transfer" -> new Transferring(contender, file, false);
            case "transfer-copy" -> new Transferring(contender, file, true);
            case "datagrams" -> new Datagrams(contender);
            case "allocation-direct" -> new Allocation(contender, Throughput.Shape.DIRECT);
            case "allocation-heap" -> new Allocation(contender, Throughput.Shape.HEAP);
            case "allocation-gather" -> new Allocation(contender, Throughput.Shape.GATHER);
            case "allocation-datagram" -> new Datagrams.Allocation(contender);
            case "memory-heap" -> new IdleMemory(contender, false);
            case "memory-native" -> new IdleMemory(contender, true);
            case "virtual-idle" -> new VirtualThreads(contender, variant, true);
            case "virtual-wakeup" -> new VirtualThreads(contender, variant, false);
            default -> throw new IllegalArgumentException(name);
        };
    }
}
