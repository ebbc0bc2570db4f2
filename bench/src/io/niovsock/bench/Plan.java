// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The benchmarks and their contenders: on the bare machine all over AF_UNIX, in testvm/ over the kernel's vsock and
 * TCP.
 */
final class Plan {
    /** The contenders for comparison. The first one of a benchmark runs twice, to be compared with itself. */
    static final String AGAIN = "-again";

    /** The namespace of emulated endpoints, so that this run meets no other. */
    private static final String NAMESPACE = "bench-" + UUID.randomUUID();

    /** The variant that runs on the later JDK: 25, if it is installed. */
    static final String LATER_JDK = "later JDK";

    /**
     * One line of a table.
     *
     * @param baseline the contender, of the same variant, that it is compared with
     * @param processorTime whether to measure processor time, for a contender that uses one processor all the time;
     *        otherwise the clock is used
     */
    record Case(String contender, String variant, String baseline, boolean processorTime, List<String> command) { }

    /**
     * A benchmark.
     *
     * @param lowerIsBetter true for times, false for rates
     * @param rounds the number of rounds of a sitting
     */
    record Work(String name, String what, String unit, boolean lowerIsBetter, int rounds, List<Case> cases) {
        boolean isTimed() {
            return !unit.equals("bytes") && !unit.startsWith("%");
        }
    }

    /** The facts about the machine that a worker needs. */
    record Setting(boolean vm, boolean quick, Path java, Path laterJava, Path classes, Path junixsocket, Path jar,
                   Path contender, Path file, int warmUpMillis, int roundMillis) { }

    /** The number of rounds of a benchmark with little variance. */
    private static final int FEW = 7;

    private final Setting setting;
    private final List<Work> works = new ArrayList<>();
    private List<Case> cases;

    private Plan(Setting setting) {
        this.setting = setting;
    }

    static List<Work> of(Setting setting) {
        Plan plan = new Plan(setting);
        plan.add();
        return plan.works;
    }

    private void work(String name, String what, String unit, boolean lowerIsBetter) {
        work(name, what, unit, lowerIsBetter, setting.vm ? 20 : 40);
    }

    private void work(String name, String what, String unit, boolean lowerIsBetter, int rounds) {
        cases = new ArrayList<>();
        works.add(new Work(name, what, unit, lowerIsBetter, setting.quick ? 3 : rounds, cases));
    }

    private void add() {
        work("pingpong", "1 byte there and back, blocking, platform threads", "µs", true);
        everybody("1 processor", 0, true, true);
        if (!setting.vm)
            everybody("2 processors", 0, true, false);
        work("pingpong-heap", "the same, with heap buffers of 64 KiB", "µs", true);
        everybody("", 0, true, true);
        work("pingpong-virtual", "1 byte there and back, blocking, virtual threads of the later JDK", "µs", true);
        virtual("", 0);
        for (String shape : setting.vm ? List.<String>of() : List.of("direct", "heap")) { // over vsock, one waits
            work("call-" + shape, "bytes written and read by one thread, without waiting (" + shape + ")", "µs", true);
            for (int size : new int[] { 1, 64 << 10 })
                everybody(size + " bytes", size, true, true);
        }
        work("throughput-direct", "64 KiB after 64 KiB, direct buffers", "MiB/s", false);
        everybody("1 processor", 0, true, true);
        if (!setting.vm)
            everybody("2 processors", 0, true, false);
        work("throughput-heap", "64 KiB after 64 KiB, heap buffers", "MiB/s", false);
        everybody("", 0, true, true);
        if (!setting.vm) // arrays go to the kernel in place there
            everybody(LATER_JDK, 0, true, true, setting.laterJava);
        work("throughput-gather", "64 KiB after 64 KiB, gathered from 16 direct buffers", "MiB/s", false);
        everybody("", 0, true, true);
        work("select", "a round trip through a selector, one channel active", "µs", true);
        for (int registered : setting.quick ? new int[] { 10, 100 } : new int[] { 10, 1_000, 10_000 })
            everybody(registered + " registered", registered, registered == 10, true);
        work("select-active", "a round trip through a selector, every channel active", "µs", true);
        int active = setting.quick ? 100 : 1_000;
        everybody(active + " active", active, true, true);
        work("connect", "connect, accept and close", "a second", false);
        everybody("", 0, true, true);
        int whole = setting.vm ? 5 : 20; // each round transfers the whole file, however long that takes
        work("transfer", "a file of 256 MiB by transferTo, and by C's sendfile", "MiB/s", false, whole);
        everybody("", 0, true, true);
        work("transfer-copy", "the same file by a loop that reads and writes 64 KiB", "MiB/s", false, whole);
        everybody("", 0, true, true);
        work("datagrams", "datagrams of 512 bytes, sent and received", "a second", false);
        everybody("", 0, true, true);
        if (setting.vm)
            return; // the rest does not depend on the kernel's transport
        for (String shape : List.of("direct", "heap", "gather")) {
            work("allocation-" + shape, "bytes allocated for a write and a read of 1 KiB (" + shape + ")", "bytes",
                true, FEW);
            java("", List.of());
        }
        work("allocation-datagram", "bytes allocated for sending and receiving a datagram", "bytes", true, FEW);
        java("", List.of());
        List<String> fixedHeap = List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");
        work("memory-heap", "heap for an idle connected channel", "bytes", true, FEW);
        java("", fixedHeap);
        work("memory-native", "memory of the process outside the heap for an idle connected channel", "bytes", true,
            FEW);
        java("", fixedHeap);
        int threads = setting.quick ? 200 : 10_000;
        work("virtual-idle", "processor time while virtual threads are blocked in reads and nothing happens",
            "% of one", true, FEW);
        virtual(threads + " threads", threads);
        work("virtual-wakeup", "a round trip with one of many virtual threads that are blocked in reads", "µs", true);
        virtual(threads + " threads", threads);
        work("tcp-echo", "TCP: 1 byte there and back, with this library's jar on the class path and without", "µs",
            true);
        jar("tcp-echo");
        work("tcp-connect", "TCP: connect, accept and close, with the jar and without", "a second", false);
        jar("tcp-connect");
        work("start", "a JVM's start and end: of a program that does nothing", "ms", true);
        starts("Nothing");
        work("start-provider", "a JVM's start and end: of a program that asks for the provider", "ms", true);
        starts("Provider");
        work("start-channel", "a JVM's start and end: of a program that opens a channel", "ms", true);
        starts("Channel");
    }

    private String current() {
        return works.get(works.size() - 1).name;
    }

    /** Adds C twice, the JDK, junixsocket, and this library. */
    private void everybody(String variant, int number, boolean again, boolean onOneProcessor) {
        everybody(variant, number, again, onOneProcessor, setting.java);
    }

    private void everybody(String variant, int number, boolean again, boolean onOneProcessor, Path java) {
        String family = setting.vm ? "vsock" : "unix";
        c("c", family, variant, number, onOneProcessor);
        if (again)
            c("c" + AGAIN, family, variant, number, onOneProcessor);
        if (setting.vm) {
            c("c-tcp", "tcp", variant, number, onOneProcessor);
            java("jdk-tcp", "c-tcp", variant, number, List.of(), onOneProcessor, java);
        } else {
            java("jdk-unix", "c", variant, number, List.of(), onOneProcessor, java);
            java("junixsocket", "c", variant, number, List.of(), onOneProcessor, java);
        }
        java("niovsock", "c", variant, number, List.of(), onOneProcessor, java);
    }

    private void virtual(String variant, int number) {
        List<String> oneCarrier = List.of("-Djdk.virtualThreadScheduler.parallelism=1",
            "-Djdk.virtualThreadScheduler.maxPoolSize=1");
        String jdk = setting.vm ? "jdk-tcp" : "jdk-unix";
        java(jdk, jdk, variant, number, oneCarrier, true, setting.laterJava);
        java(jdk + AGAIN, jdk, variant, number, oneCarrier, true, setting.laterJava);
        if (!setting.vm)
            java("junixsocket", jdk, variant, number, oneCarrier, true, setting.laterJava);
        java("niovsock", jdk, variant, number, oneCarrier, true, setting.laterJava);
    }

    /** Adds the contenders in Java. */
    private void java(String variant, List<String> options) {
        String jdk = setting.vm ? "jdk-tcp" : "jdk-unix";
        java(jdk, jdk, variant, 0, options, true, setting.java);
        java(jdk + AGAIN, jdk, variant, 0, options, true, setting.java);
        if (!setting.vm)
            java("junixsocket", jdk, variant, 0, options, true, setting.java);
        java("niovsock", jdk, variant, 0, options, true, setting.java);
    }

    private void jar(String work) {
        for (String contender : List.of("without", "without" + AGAIN, "with")) {
            List<String> command = new ArrayList<>(pinned(true));
            command.addAll(List.of(setting.java.toString(), "--enable-native-access=ALL-UNNAMED", "-cp",
                contender.equals("with") ? setting.classes + ":" + setting.jar : setting.classes.toString()));
            worker(command, "jdk-tcp", 0);
            cases.add(new Case(contender, "", "without", !setting.vm, command));
        }
    }

    private void starts(String program) {
        for (String contender : List.of("without", "without" + AGAIN, "with")) {
            String classPath = contender.equals("with") ? setting.classes + ":" + setting.jar
                : setting.classes.toString();
            cases.add(new Case(contender, "", "without", false, List.of(
                setting.java.toString(), "-cp", setting.classes.toString(), "io.niovsock.bench.StartUp",
                setting.java.toString(), "-cp", classPath, "io.niovsock.bench.StartUp$" + program)));
        }
    }

    private void c(String contender, String family, String variant, int number, boolean onOneProcessor) {
        List<String> command = new ArrayList<>(pinned(onOneProcessor));
        command.addAll(List.of(setting.contender.toString(), family, current(), Integer.toString(number),
            Integer.toString(setting.warmUpMillis / 4), Integer.toString(setting.roundMillis),
                setting.file.toString()));
        cases.add(new Case(contender, variant, contender.equals("c-tcp") ? "c-tcp" : "c", onOneProcessor && !setting.vm,
            command));
    }

    private void java(String contender, String baseline, String variant, int number, List<String> options,
                      boolean onOneProcessor, Path java) {
        String kind = contender.replace(AGAIN, "");
        String classPath = switch (kind) {
            case "niovsock" -> setting.classes + ":" + setting.jar;
            case "junixsocket" -> setting.classes + ":" + setting.junixsocket + "/*";
            default -> setting.classes.toString();
        };
        List<String> command = new ArrayList<>(pinned(onOneProcessor));
        command.add(java == null ? "" : java.toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(options);
        if (kind.equals("niovsock"))
            command.addAll(List.of("-Dio.niovsock.transport=" + (setting.vm ? "kernel" : "emulated"),
                "-Dio.niovsock.emulated.namespace=" + NAMESPACE));
        command.addAll(List.of("-cp", classPath));
        worker(command, kind, number);
        boolean timed = works.get(works.size() - 1).isTimed();
        cases.add(new Case(contender, variant, baseline, timed && onOneProcessor && !setting.vm, command));
    }

    private void worker(List<String> command, String contender, int number) {
        command.addAll(List.of("io.niovsock.bench.Worker", contender, current(), Integer.toString(number),
            Integer.toString(setting.warmUpMillis), Integer.toString(setting.roundMillis), setting.file.toString()));
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
