// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The benchmarks, and the implementations that each compares: on the bare machine all over AF_UNIX, in testvm/ over the
 * kernel's vsock and TCP.
 */
final class Plan {
    /** Ends the name of the second run of an implementation: the first one of a benchmark is compared with itself. */
    static final String AGAIN = "-again";

    /** The namespace of emulated endpoints, so that this run meets no other. */
    private static final String NAMESPACE = "bench-" + UUID.randomUUID();

    /** The param that runs on JDK 25. */
    static final String JDK_25 = "JDK 25";

    /**
     * One line of a table: one implementation of a benchmark, with one param.
     *
     * @param param the param in words, such as "10 registered"; empty if the benchmark has none
     * @param baseline the implementation, of the same param, that it is compared with
     * @param processorTime whether to measure processor time, for an implementation that uses one processor all the
     *        time; otherwise the clock is used
     */
    record Case(String implementation, String param, String baseline, boolean processorTime, List<String> command) { }

    /**
     * A benchmark of the plan.
     *
     * @param lowerIsBetter true for times, false for rates
     * @param iterations the number of iterations of a fork
     */
    record Entry(String name, String what, String unit, boolean lowerIsBetter, int iterations, List<Case> cases) {
        boolean isTimed() {
            return !unit.equals("bytes") && !unit.startsWith("%") && !name.startsWith("tail");
        }
    }

    /** The facts about the machine that a fork needs. */
    record Setting(boolean vm, boolean quick, Path java, Path java25, Path classes, Path libraries, Path jar,
                   Path reference, Path file, int warmUpMillis, int iterationMillis) { }

    private static final List<String> FIXED_HEAP = List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch",
        "-XX:+UseSerialGC");

    /** The param of a connect to a guest that includes the handshake, in words and as a number. */
    static final String WITH_HANDSHAKE = "with handshake";
    static final int HANDSHAKE = 1;

    /** The param for asynchronous channels that are in the group that they have by default. */
    static final String DEFAULT_GROUP = "default group";

    /** The benchmarks of {@link NettyProgram}, and the ways of its bytes. */
    static final String PROGRAM = "program-";
    static final String PROGRAM_ROUND_TRIPS = PROGRAM + "roundtrips";
    static final String PROGRAM_THROUGHPUT = PROGRAM + "throughput";
    static final String PROGRAM_PROCESSOR = PROGRAM + "processor";
    static final String SIDECAR = "sidecar";
    static final String EPOLL = "epoll-tcp";
    static final String NIO_TCP = "nio-tcp";

    /** The params of a tail: what 99 %, or 99.9 %, of the trips take at most. */
    static final String P99 = "p99";
    static final String P99_9 = "p99.9";

    /** The number of iterations of a benchmark with little variance. */
    private static final int FEW = 7;

    private final Setting setting;
    private final List<Entry> benchmarks = new ArrayList<>();
    private List<Case> cases;

    private Plan(Setting setting) {
        this.setting = setting;
    }

    static List<Entry> of(Setting setting) {
        Plan plan = new Plan(setting);
        plan.add();
        return plan.benchmarks;
    }

    private void benchmark(String name, String what, String unit, boolean lowerIsBetter) {
        benchmark(name, what, unit, lowerIsBetter, setting.vm ? 20 : 40);
    }

    private void benchmark(String name, String what, String unit, boolean lowerIsBetter, int iterations) {
        cases = new ArrayList<>();
        benchmarks.add(new Entry(name, what, unit, lowerIsBetter, setting.quick ? 3 : iterations, cases));
    }

    private void add() {
        benchmark("pingpong", "1 byte there and back, blocking, platform threads", "µs", true);
        everyImplementation("1 processor", 0, true, true);
        if (!setting.vm)
            everyImplementation("2 processors", 0, true, false);
        benchmark("pingpong-heap", "the same, with heap buffers of 64 KiB", "µs", true);
        everyImplementation("", 0, true, true);
        benchmark("pingpong-virtual", "1 byte there and back, blocking, virtual threads of JDK 25", "µs", true);
        virtual("", 0);
        for (String shape : setting.vm ? List.<String>of() : List.of("direct", "heap")) { // over vsock, one waits
            benchmark("call-" + shape, "bytes written and read by one thread, without waiting (" + shape + ")", "µs",
                true);
            for (int size : new int[] { 1, 64 << 10 })
                everyImplementation(size + " bytes", size, true, true);
        }
        benchmark("throughput-direct", "64 KiB after 64 KiB, direct buffers", "MiB/s", false);
        everyImplementation("1 processor", 0, true, true);
        if (!setting.vm)
            everyImplementation("2 processors", 0, true, false);
        benchmark("throughput-heap", "64 KiB after 64 KiB, heap buffers", "MiB/s", false);
        everyImplementation("", 0, true, true);
        if (!setting.vm) // arrays go to the kernel in place there
            everyImplementation(JDK_25, 0, true, true, setting.java25);
        benchmark("throughput-gather", "64 KiB after 64 KiB, gathered from 16 direct buffers", "MiB/s", false);
        everyImplementation("", 0, true, true);
        benchmark("select", "a round trip through a selector, one channel active", "µs", true);
        for (int registered : setting.quick ? new int[] { 10, 100 } : new int[] { 10, 1_000, 10_000 })
            everyImplementation(registered + " registered", registered, registered == 10, true);
        benchmark("select-active", "a round trip through a selector, every channel active", "µs", true);
        int active = setting.quick ? 100 : 1_000;
        everyImplementation(active + " active", active, true, true);
        tails();
        benchmark("connect", "connect, accept and close", "a second", false);
        everyImplementation("", 0, true, true);
        if (!setting.vm)
            hybrid();
        int whole = setting.vm ? 5 : 20; // each iteration transfers the whole file, however long that takes
        benchmark("transfer", "a file of 256 MiB by transferTo, and by C's sendfile", "MiB/s", false, whole);
        everyImplementation("", 0, true, true);
        benchmark("transfer-copy", "the same file by a loop that reads and writes 64 KiB", "MiB/s", false, whole);
        everyImplementation("", 0, true, true);
        benchmark("datagrams", "datagrams of 512 bytes, sent and received", "a second", false);
        everyImplementation("", 0, true, true);
        if (setting.vm) {
            program();
            return; // the rest does not depend on the kernel's transport
        }
        java(BareCalls.NAME, "c", "", 0, List.of(), true, setting.java);
        benchmark("records", "a record written and read by one thread, without waiting", "µs", true);
        for (int size : new int[] { 512, 16 << 10 }) {
            String param = size + " bytes";
            c("c", "unix", param, size, true);
            c("c" + AGAIN, "unix", param, size, true);
            java("niovsock", "c", param, size, List.of(), true, setting.java);
            java(BareCalls.NAME, "c", param, size, List.of(), true, setting.java);
        }
        for (String shape : List.of("direct", "heap", "gather")) {
            benchmark("allocation-" + shape, "bytes allocated for a write and a read of 1 KiB (" + shape + ")", "bytes",
                true, FEW);
            java("", List.of());
        }
        benchmark("allocation-datagram", "bytes allocated for sending and receiving a datagram", "bytes", true, FEW);
        java("", List.of());
        benchmark("memory-heap", "heap for an idle connected channel", "bytes", true, FEW);
        java("", FIXED_HEAP);
        benchmark("memory-native", "memory of the process outside the heap for an idle connected channel", "bytes",
            true, FEW);
        java("", FIXED_HEAP);
        int threads = setting.quick ? 200 : 10_000;
        benchmark("virtual-idle", "processor time while virtual threads are blocked in reads and nothing happens",
            "% of one", true, FEW);
        virtual(threads + " threads", threads);
        benchmark("virtual-wakeup", "a round trip with one of many virtual threads that are blocked in reads", "µs",
            true);
        virtual(threads + " threads", threads);
        benchmark("tcp-echo", "TCP: 1 byte there and back, with this library's jar on the class path and without",
            "µs", true);
        jar("", 0, true);
        benchmark("tcp-connect", "TCP: connect, accept and close, with the jar and without", "a second", false);
        jar("", 0, true);
        asynchronous();
        benchmark("start", "a JVM's start and end: of a program that does nothing", "ms", true);
        starts("Nothing");
        benchmark("start-provider", "a JVM's start and end: of a program that asks for the provider", "ms", true);
        starts("Provider");
        benchmark("start-channel", "a JVM's start and end: of a program that opens a channel", "ms", true);
        starts("Channel");
    }

    private String current() {
        return benchmarks.get(benchmarks.size() - 1).name;
    }

    /** Adds C twice, the JDK, junixsocket, and this library. */
    private void everyImplementation(String param, int number, boolean again, boolean onOneProcessor) {
        everyImplementation(param, number, again, onOneProcessor, setting.java);
    }

    private void everyImplementation(String param, int number, boolean again, boolean onOneProcessor, Path java) {
        String family = setting.vm ? "vsock" : "unix";
        c("c", family, param, number, onOneProcessor);
        if (again)
            c("c" + AGAIN, family, param, number, onOneProcessor);
        if (setting.vm) {
            c("c-tcp", "tcp", param, number, onOneProcessor);
            java("jdk-tcp", "c-tcp", param, number, List.of(), onOneProcessor, java);
        } else {
            java("jdk-unix", "c", param, number, List.of(), onOneProcessor, java);
            java("junixsocket", "c", param, number, List.of(), onOneProcessor, java);
        }
        java("niovsock", "c", param, number, List.of(), onOneProcessor, java);
    }

    /** One program, by four ways: what a user would choose from. */
    private void program() {
        int few = 10; // each iteration transfers 64 MiB, however long that takes
        benchmark(PROGRAM_ROUND_TRIPS, "1 byte there and back, of a program on Netty", "µs", true);
        ways();
        benchmark(PROGRAM_THROUGHPUT, "64 MiB of that program", "MiB/s", false, few);
        ways();
        benchmark(PROGRAM_PROCESSOR, "processor time of the whole machine for that", "ns/KiB", true, few);
        ways();
    }

    private void ways() {
        way(NIO_TCP, List.of(), "");
        way(NIO_TCP + AGAIN, List.of(), "");
        way(EPOLL, List.of(), "");
        way(SIDECAR, List.of(), "");
        way("niovsock", List.of("-Dio.niovsock.rules=127.0.0.1=local"), ":" + setting.jar);
    }

    private void way(String name, List<String> options, String more) {
        List<String> command = new ArrayList<>(List.of(setting.java.toString(), "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", setting.classes + ":" + setting.libraries + "/*" + more));
        fork(command, name, 0);
        cases.add(new Case(name, "", NIO_TCP, false, command));
    }

    /** By the clock: what delays a trip counts, whoever runs meanwhile. */
    private void tails() {
        String busy = ", while garbage is made and collected (C: memory is written)";
        tail("tail", "the slowest of 20,000 blocking round trips of 1 byte");
        tail("tail-busy", "the same" + busy);
        tail("tail-select", "the slowest of 20,000 round trips through a selector");
        tail("tail-select-busy", "the same" + busy);
    }

    private void tail(String name, String what) {
        benchmark(name, what, "µs", true, 10);
        everyImplementation(P99, 990, true, true);
        everyImplementation(P99_9, 999, true, true);
    }

    /**
     * Each fork of these starts a process that plays the device, and shares its processor with it. The memory of the
     * heap has been written before: the first write to a page costs as much as a connect here, and how often there is
     * one depends on the last collection.
     */
    private void hybrid() {
        benchmark("connect-hybrid", "connect to a guest of hybrid vsock, through a played device, and close", "µs",
            true);
        connectsToDevice("connect alone", 0);
        connectsToDevice(WITH_HANDSHAKE, HANDSHAKE);
        guest("niovsock", WITH_HANDSHAKE, HANDSHAKE);
        benchmark("pingpong-hybrid", "1 byte to such a guest and back, blocking", "µs", true);
        connectsToDevice("", 0);
        guest("niovsock", "", 0);
        benchmark("throughput-hybrid", "64 KiB after 64 KiB to such a guest, direct buffers", "MiB/s", false);
        connectsToDevice("", 0);
        guest("niovsock", "", 0);
    }

    private void connectsToDevice(String param, int number) {
        c("c", "unix", param, number, true);
        c("c" + AGAIN, "unix", param, number, true);
        guest("jdk-unix", param, number);
    }

    private void guest(String implementation, String param, int number) {
        List<String> options = new ArrayList<>(FIXED_HEAP);
        options.add("-Dreference=" + setting.reference);
        java(implementation, "c", param, number, options, true, setting.java);
    }

    /** TCP without the jar, TCP with it, and emulated vsock. */
    private void asynchronous() {
        benchmark("async-handlers", "1 byte there and back over asynchronous channels, with handlers", "µs", true);
        tcpAndVsock(DEFAULT_GROUP, AsynchronousPingPong.DEFAULT_GROUP, true);
        tcpAndVsock("2 threads", 2, true);
        tcpAndVsock("2 threads, 2 processors", 2, false);
        benchmark("async-futures", "the same, with futures", "µs", true);
        tcpAndVsock("", 0, true);
        benchmark("allocation-async-handlers", "bytes allocated for such a round trip, two writes and two reads, with "
            + "handlers", "bytes", true, FEW);
        tcpAndVsock("", 2, true);
        benchmark("allocation-async-futures", "the same, with futures", "bytes", true, FEW);
        tcpAndVsock("", 0, true);
    }

    private void tcpAndVsock(String param, int number, boolean onOneProcessor) {
        jar(param, number, onOneProcessor);
        java("niovsock", "without", param, number, List.of(), onOneProcessor, setting.java);
    }

    private void virtual(String param, int number) {
        List<String> oneCarrier = List.of("-Djdk.virtualThreadScheduler.parallelism=1",
            "-Djdk.virtualThreadScheduler.maxPoolSize=1");
        String jdk = setting.vm ? "jdk-tcp" : "jdk-unix";
        java(jdk, jdk, param, number, oneCarrier, true, setting.java25);
        java(jdk + AGAIN, jdk, param, number, oneCarrier, true, setting.java25);
        if (!setting.vm)
            java("junixsocket", jdk, param, number, oneCarrier, true, setting.java25);
        java("niovsock", jdk, param, number, oneCarrier, true, setting.java25);
    }

    /** Adds the implementations in Java. */
    private void java(String param, List<String> options) {
        String jdk = setting.vm ? "jdk-tcp" : "jdk-unix";
        java(jdk, jdk, param, 0, options, true, setting.java);
        java(jdk + AGAIN, jdk, param, 0, options, true, setting.java);
        if (!setting.vm)
            java("junixsocket", jdk, param, 0, options, true, setting.java);
        java("niovsock", jdk, param, 0, options, true, setting.java);
    }

    private void jar(String param, int number, boolean onOneProcessor) {
        for (String implementation : List.of("without", "without" + AGAIN, "with")) {
            List<String> command = new ArrayList<>(pinned(onOneProcessor));
            command.addAll(List.of(setting.java.toString(), "--enable-native-access=ALL-UNNAMED", "-cp",
                implementation.equals("with") ? setting.classes + ":" + setting.jar : setting.classes.toString()));
            fork(command, "jdk-tcp", number);
            cases.add(new Case(implementation, param, "without", isByProcessorTime(onOneProcessor), command));
        }
    }

    private void starts(String program) {
        for (String implementation : List.of("without", "without" + AGAIN, "with")) {
            String classPath = implementation.equals("with") ? setting.classes + ":" + setting.jar
                : setting.classes.toString();
            cases.add(new Case(implementation, "", "without", false, List.of(
                setting.java.toString(), "-cp", setting.classes.toString(), "io.niovsock.bench.StartUp",
                setting.java.toString(), "-cp", classPath, "io.niovsock.bench.StartUp$" + program)));
        }
    }

    private void c(String implementation, String family, String param, int number, boolean onOneProcessor) {
        List<String> command = new ArrayList<>(pinned(onOneProcessor));
        command.addAll(List.of(setting.reference.toString(), family, current(), Integer.toString(number),
            Integer.toString(setting.warmUpMillis / 4), Integer.toString(setting.iterationMillis),
                setting.file.toString()));
        cases.add(new Case(implementation, param, implementation.equals("c-tcp") ? "c-tcp" : "c",
            onOneProcessor && !setting.vm, command));
    }

    private void java(String implementation, String baseline, String param, int number, List<String> options,
                      boolean onOneProcessor, Path java) {
        String kind = implementation.replace(AGAIN, "");
        String classPath = switch (kind) {
            case "niovsock", BareCalls.NAME -> setting.classes + ":" + setting.jar;
            case "junixsocket" -> setting.classes + ":" + setting.libraries + "/*";
            default -> setting.classes.toString();
        };
        List<String> command = new ArrayList<>(pinned(onOneProcessor));
        command.add(java == null ? "" : java.toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Djava.io.tmpdir=" + setting.file.getParent());
        command.addAll(options);
        if (classPath.endsWith(setting.jar.toString()))
            command.addAll(List.of("-Dio.niovsock.transport=" + (setting.vm ? "kernel" : "emulated"),
                "-Dio.niovsock.emulated.namespace=" + NAMESPACE));
        command.addAll(List.of("-cp", classPath));
        fork(command, kind, number);
        cases.add(new Case(implementation, param, baseline, isByProcessorTime(onOneProcessor), command));
    }

    private boolean isByProcessorTime(boolean onOneProcessor) {
        return benchmarks.get(benchmarks.size() - 1).isTimed() && onOneProcessor && !setting.vm;
    }

    private void fork(List<String> command, String implementation, int number) {
        command.addAll(List.of("io.niovsock.bench.Fork", implementation, current(), Integer.toString(number),
            Integer.toString(setting.warmUpMillis), Integer.toString(setting.iterationMillis),
            setting.file.toString()));
    }

    /**
     * The command that puts all threads on the last processor. Otherwise the scheduler's choice between one and two
     * processors dominates (over AF_UNIX, a factor of 5 for a round trip, and of 10 for throughput). Since one of the
     * threads can always run, the processor time equals the time by the clock on an idle machine. This does not hold in
     * testvm/, where the kernel moves bytes by threads of its own.
     */
    private static List<String> pinned(boolean onOneProcessor) {
        return onOneProcessor
            ? List.of("taskset", "-c", Integer.toString(Runtime.getRuntime().availableProcessors() - 1)) : List.of();
    }
}
