// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A benchmark, as a fork runs it. The constructor prepares it. */
interface Benchmark {
    /**
     * Runs one iteration.
     *
     * @param seconds the approximate duration, unless the benchmark has its own
     * @return the result, in the unit of the benchmark
     */
    double iteration(double seconds) throws Exception;

    /** @param param a number; its meaning depends on the benchmark */
    static Benchmark named(String name, String how, int param, Path file) throws Exception {
        if (name.startsWith(Plan.PROGRAM))
            return NettyProgram.of(name, how);
        if (how.equals(BareCalls.NAME))
            return name.equals("records") ? BareCalls.records(param) : BareCalls.datagrams();
        Implementation implementation = Implementation.named(how);
        return switch (name) {
            case "pingpong", "tcp-echo" -> PingPong.direct(implementation);
            case "pingpong-heap" -> new PingPong(implementation, false, () -> ByteBuffer.allocate(Throughput.SIZE));
            case "pingpong-virtual" -> new PingPong(implementation, true, () -> ByteBuffer.allocateDirect(1));
            case "call-direct" -> new Calling(Connected.pair(implementation), param, true);
            case "call-heap" -> new Calling(Connected.pair(implementation), param, false);
            case "records" -> new Calling(implementation.connectForRecords(), param, true);
            case "throughput-direct" -> new Throughput(implementation, Throughput.Shape.DIRECT);
            case "throughput-heap" -> new Throughput(implementation, Throughput.Shape.HEAP);
            case "throughput-gather" -> new Throughput(implementation, Throughput.Shape.GATHER);
            case "select" -> new Selecting(implementation, param, 1);
            case "select-active" -> new Selecting(implementation, param, param);
            case "tail", "tail-busy" ->
                new Tail(PingPong.direct(implementation)::trip, param, name.endsWith("busy"));
            case "tail-select", "tail-select-busy" ->
                new Tail(new Selecting(implementation, 10, 1)::trip, param, name.endsWith("busy"));
            case "connect", "tcp-connect" -> new Connecting(implementation);
            case "connect-hybrid" -> new GuestConnecting(implementation, param == Plan.HANDSHAKE);
            case "pingpong-hybrid" -> new PingPong(PlayedGuest.start(implementation, PlayedGuest.ECHO, true).connect());
            case "throughput-hybrid" ->
                new Throughput(PlayedGuest.start(implementation, PlayedGuest.SWALLOW, true).connect());
            case "transfer" -> new Transferring(implementation, file, false);
            case "transfer-copy" -> new Transferring(implementation, file, true);
            case "datagrams" -> new Datagrams(implementation);
            case "allocation-direct" -> new Allocation(implementation, Throughput.Shape.DIRECT);
            case "allocation-heap" -> new Allocation(implementation, Throughput.Shape.HEAP);
            case "allocation-gather" -> new Allocation(implementation, Throughput.Shape.GATHER);
            case "allocation-datagram" -> new Datagrams.Allocation(implementation);
            case "memory-heap" -> new IdleMemory(implementation, false);
            case "memory-native" -> new IdleMemory(implementation, true);
            case "virtual-idle" -> new VirtualThreads(implementation, param, true);
            case "virtual-wakeup" -> new VirtualThreads(implementation, param, false);
            case "async-handlers" -> AsynchronousPingPong.ofHandlers(implementation, param, false);
            case "async-futures" -> AsynchronousPingPong.ofFutures(implementation, false);
            case "allocation-async-handlers" -> AsynchronousPingPong.ofHandlers(implementation, param, true);
            case "allocation-async-futures" -> AsynchronousPingPong.ofFutures(implementation, true);
            default -> throw new IllegalArgumentException(name);
        };
    }
}
