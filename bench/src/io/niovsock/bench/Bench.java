// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.WeakHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Runs benchmarks ({@code [BENCHMARK…]}). Its settings are system properties that {@code bench/run} sets.
 *
 * <p> The words are JMH's. Each implementation of a benchmark runs in several forks, one after the other. A fork is a
 * fresh process, so that an accident of one process (the addresses of its memory, the order of compilation) does not
 * decide. The forks of all implementations run at the same time. They stay warm and take turns in short iterations, so
 * that other load on the machine affects all of them. The speed of one processor of a shared machine changed by a fifth
 * from one second to the next.
 */
public final class Bench {
    private static final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });

    private static final String NO_JDK_25 = "bin/jdk 25 finds none";

    private final Plan.Setting setting;
    private final int forkCount;
    private final int limitSeconds;
    private boolean failed; // this library could not run

    /** The processes that a fork has started. They do a part of its work. */
    private final Map<Process, List<ProcessHandle>> devices = new WeakHashMap<>();

    private Bench(Plan.Setting setting) {
        this.setting = setting;
        forkCount = setting.quick() ? 1 : setting.vm() ? 2 : 3;
        limitSeconds = setting.vm() ? 300 : 120;
    }

    public static void main(String[] names) throws Exception {
        boolean vm = Files.exists(Path.of("/run/testvm/modules"));
        boolean quick = Boolean.getBoolean("quick");
        Path out = Path.of(System.getProperty("out"));
        Path folder = Files.createTempDirectory("bench"); // forks are killed: they leave their sockets there
        try {
            Path file = folder.resolve("file");
            Plan.Setting setting = new Plan.Setting(vm, quick, path("java"), path("java25"), path("classes"),
                path("libraries"),
                path("jar"), path("reference"), file, quick ? 400 : vm ? 4_000 : 2_000, vm ? 150 : 50);
            List<Plan.Entry> benchmarks = Plan.of(setting);
            List<String> chosen = names.length > 0 ? List.of(names)
                : benchmarks.stream().map(Plan.Entry::name).toList();
            for (String name : chosen)
                if (benchmarks.stream().noneMatch(benchmark -> benchmark.name().equals(name))) {
                    System.err.println("no such benchmark: " + name + "; there are "
                        + String.join(", ", benchmarks.stream().map(Plan.Entry::name).toList()));
                    System.exit(2);
                }
            new Bench(setting).run(benchmarks, chosen, out, vm ? "vm" : "bare");
        } finally {
            try (Stream<Path> left = Files.list(folder)) {
                for (Path path : left.toList())
                    Files.delete(path);
            }
            Files.delete(folder);
        }
    }

    private static Path path(String property) {
        String value = System.getProperty(property, "");
        return value.isEmpty() ? null : Path.of(value);
    }

    private void run(List<Plan.Entry> benchmarks, List<String> chosen, Path out, String where)
        throws IOException, InterruptedException {
        writeFile(setting.file(), setting.quick() ? 8 << 20 : 256 << 20);
        int number = 0;
        for (Plan.Entry benchmark : benchmarks) {
            if (!chosen.contains(benchmark.name()))
                continue;
            System.err.printf("[%d/%d] %s: %s%n", ++number, chosen.size(), benchmark.name(), benchmark.what());
            Results results = measure(benchmark);
            results.write(out.resolve(where));
            Map<String, Results> all = Results.read(out.resolve(where), benchmarks);
            Report.write(out, where, all, setting.vm(), machine());
            for (Results.Row row : results.rows)
                print(benchmark, row);
        }
        System.err.println("report: " + out.resolve(where + ".md"));
        if (failed)
            System.exit(1);
    }

    private void print(Plan.Entry benchmark, Results.Row row) {
        String name = (benchmark.name() + " " + row.implementation() + " " + row.param()).strip();
        if (row.cannot() == null) {
            System.out.printf("ok - %s: %s %s%n", name, Report.number(row.median()), benchmark.unit());
        } else if (row.implementation().equals("niovsock") && !row.cannot().equals(NO_JDK_25)) {
            System.out.printf("not ok - %s: %s%n", name, row.cannot());
            failed = true;
        } else {
            System.out.printf("skip - %s: cannot run: %s%n", name, row.cannot());
        }
    }

    private static void writeFile(Path file, int size) throws IOException {
        byte[] piece = new byte[1 << 20];
        new java.util.Random(1).nextBytes(piece);
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            for (int written = 0; written < size; written += piece.length)
                out.write(piece);
        }
    }

    private Results measure(Plan.Entry benchmark) throws IOException, InterruptedException {
        int count = benchmark.cases().size();
        List<List<Double>> values = new ArrayList<>();
        String[] cannot = new String[count];
        for (int i = 0; i < count; i++)
            values.add(new ArrayList<>());
        for (int number = 1; number <= forkCount; number++)
            for (List<Integer> turns : together(benchmark)) {
                Process[] forks = new Process[count];
                try {
                    System.err.printf("  fork %d of %d: %d implementations start", number, forkCount, turns.size());
                    for (int i : turns)
                        if (cannot[i] == null) {
                            forks[i] = start(benchmark.cases().get(i));
                            cannot[i] = forks[i] == null ? NO_JDK_25 : answer(forks[i], "ready");
                            if (cannot[i] == null)
                                devices.put(forks[i], forks[i].children().toList());
                            System.err.print(" " + benchmark.cases().get(i).implementation());
                        }
                    System.err.print("; iterations");
                    for (int iteration = 0; iteration < benchmark.iterations(); iteration++) {
                        for (int turn = 0; turn < turns.size(); turn++) {
                            int i = turns.get((turn + iteration) % turns.size());
                            values.get(i).add(cannot[i] == null ? iteration(benchmark, forks, cannot, i) : Double.NaN);
                        }
                        if ((iteration + 1) % 5 == 0 || iteration + 1 == benchmark.iterations())
                            System.err.print(" " + (iteration + 1));
                    }
                    System.err.println();
                } finally {
                    for (Process fork : forks)
                        if (fork != null)
                            fork.destroyForcibly().waitFor();
                }
            }
        Results results = new Results(benchmark.name(), benchmark.what(), benchmark.unit(), benchmark.lowerIsBetter(),
            LocalDateTime.now().truncatedTo(ChronoUnit.MINUTES) + ", " + forkCount + " × " + benchmark.iterations()
                + " iterations");
        for (int i = 0; i < count; i++) {
            Plan.Case c = benchmark.cases().get(i);
            results.rows.add(new Results.Row(c.implementation(), c.param(), c.baseline(), values.get(i), cannot[i]));
        }
        return results;
    }

    /**
     * The cases that take turns with each other: all of them. In testvm/, only those of one param: the kernel looks
     * for a vsock connection in lists that all processes share, and 20,000 idle connections cost the others more than
     * their own work.
     */
    private Collection<List<Integer>> together(Plan.Entry benchmark) {
        return IntStream.range(0, benchmark.cases().size()).boxed().collect(Collectors.groupingBy(
            i -> setting.vm() ? benchmark.cases().get(i).param() : "", LinkedHashMap::new, Collectors.toList()))
            .values();
    }

    private Process start(Plan.Case c) throws IOException {
        if (c.command().contains(""))
            return null;
        return new ProcessBuilder(c.command()).redirectError(ProcessBuilder.Redirect.appendTo(setting.classes()
            .resolveSibling("forks.log").toFile())).start();
    }

    private double iteration(Plan.Entry benchmark, Process[] forks, String[] cannot, int i) throws IOException {
        Process fork = forks[i];
        boolean processorTime = benchmark.cases().get(i).processorTime();
        long used = processorTime ? processorNanos(fork) : 0;
        long start = System.nanoTime();
        OutputStream out = fork.getOutputStream();
        out.write('\n');
        out.flush();
        String line = read(fork);
        long elapsed = System.nanoTime() - start;
        if (line == null || !Character.isDigit(line.charAt(0))) {
            cannot[i] = reason(fork, line);
            return Double.NaN;
        }
        double value = Double.parseDouble(line);
        if (!processorTime)
            return value;
        double share = (double) (processorNanos(fork) - used) / elapsed;
        return benchmark.lowerIsBetter() ? value * share : value / share;
    }

    private long processorNanos(Process fork) throws IOException {
        long sum = processorNanos(fork.toHandle());
        for (ProcessHandle device : devices.get(fork))
            sum += processorNanos(device);
        return sum;
    }

    /** The processor time of all threads of the process: the first number of each thread's schedstat. */
    private static long processorNanos(ProcessHandle process) throws IOException {
        long sum = 0;
        try (var threads = Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path thread : threads) {
                try {
                    String text = Files.readString(thread.resolve("schedstat"));
                    sum += Long.parseLong(text.substring(0, text.indexOf(' ')));
                } catch (NoSuchFileException ended) {
                    continue; // one of the JVM's own
                }
            }
        } catch (NoSuchFileException ended) {
            return 0; // and the iteration reports that
        }
        return sum;
    }

    /** Returns null if the line has come. */
    private String answer(Process fork, String expected) throws IOException {
        String line = read(fork);
        return expected.equals(line) ? null : reason(fork, line);
    }

    private String reason(Process fork, String line) throws IOException {
        if (line == null)
            return "it ended, or did not answer in time; see forks.log";
        return line.startsWith("#") ? fatalError(fork) : line.replaceFirst("^cannot: ", "");
    }

    /** What a JVM says that ends by a fatal error: what has happened, and the frame that it has happened in. */
    private String fatalError(Process fork) throws IOException {
        StringBuilder error = new StringBuilder("the JVM has ended:");
        boolean wanted = true;
        for (String line = read(fork); line != null; line = read(fork)) {
            if (line.matches("# *(JRE version|Core dump|No core dump|An error report).*"))
                wanted = false;
            else if (line.matches("# *Problematic frame:.*"))
                wanted = true;
            if (wanted)
                error.append(line.replaceFirst("^# *", " ").replaceFirst(" $", ""));
        }
        return error.toString();
    }

    private final Map<Process, BufferedReader> readers = new WeakHashMap<>();

    private String read(Process fork) throws IOException {
        ScheduledFuture<?> limit = watchdog.schedule(() -> { fork.destroyForcibly(); }, limitSeconds,
            TimeUnit.SECONDS);
        try {
            return readers.computeIfAbsent(fork, f -> new BufferedReader(new InputStreamReader(f.getInputStream())))
                .readLine();
        } catch (IOException destroyed) {
            return null;
        } finally {
            limit.cancel(false);
        }
    }

    private String machine() throws IOException {
        String model = Files.readAllLines(Path.of("/proc/cpuinfo")).stream().filter(l -> l.startsWith("model name"))
            .map(l -> l.replaceAll(".*: ", "")).findFirst().orElse(System.getProperty("os.arch"));
        return model + ", " + Runtime.getRuntime().availableProcessors() + " processors"
            + (setting.vm() ? " of QEMU's " + accelerator() : "")
            + "; Linux " + Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip()
            + "; JDK " + version(setting.java())
            + (setting.java25() == null ? "" : " and " + version(setting.java25()))
            + (setting.vm() ? "" : "; " + junixsocket()) + ".";
    }

    /** What testvm/ says of its processors. */
    private static String accelerator() throws IOException {
        boolean kvm = Files.readString(Path.of("/run/testvm/accelerator")).strip().equals("kvm");
        return kvm ? "KVM" : "software emulation";
    }

    private static String version(Path java) throws IOException {
        Properties release = new Properties();
        try (var in = Files.newInputStream(java.toRealPath().resolveSibling("../release"))) {
            release.load(in);
        }
        return release.getProperty("JAVA_VERSION").replace("\"", "");
    }

    private String junixsocket() throws IOException {
        try (var jars = Files.list(setting.libraries())) {
            return jars.map(jar -> jar.getFileName().toString()).filter(jar -> jar.startsWith("junixsocket-common"))
                .findFirst().orElse("junixsocket").replaceAll("-common-|\\.jar", " ").strip();
        }
    }
}
