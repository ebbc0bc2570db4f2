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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Runs benchmarks ({@code [WORK…]}). Its settings are system properties that {@code bench/run} sets.
 *
 * <p> A benchmark runs in several sittings (JMH's forks). Each sitting starts a fresh process for every contender, so
 * that an accident of one process (the addresses of its memory, the order of compilation) does not decide. Within a
 * sitting the processes stay warm, and take turns in short rounds (JMH's iterations), so that other load on the machine
 * affects all of them. The speed of one processor of a shared machine changed by a fifth from one second to the next.
 */
public final class Bench {
    private static final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });

    private static final String NO_LATER_JDK = "there is no JDK 21 or later in /usr/lib/jvm";

    private final Plan.Setting setting;
    private final int sittings;
    private final int limitSeconds;
    private boolean failed; // this library could not run

    private Bench(Plan.Setting setting) {
        this.setting = setting;
        sittings = setting.quick() ? 1 : setting.vm() ? 2 : 3;
        limitSeconds = setting.vm() ? 300 : 120;
    }

    public static void main(String[] names) throws Exception {
        boolean vm = Files.exists(Path.of("/run/testvm/modules"));
        boolean quick = Boolean.getBoolean("quick");
        Path out = Path.of(System.getProperty("out"));
        Path file = Files.createTempFile("bench", ".file");
        try {
            Plan.Setting setting = new Plan.Setting(vm, quick, path("java"), path("laterJava"), path("classes"),
                path("junixsocket"),
                path("jar"), path("contender"), file, quick ? 400 : vm ? 4_000 : 2_000, vm ? 150 : 50);
            List<Plan.Work> works = Plan.of(setting);
            List<String> chosen = names.length > 0 ? List.of(names) : works.stream().map(Plan.Work::name).toList();
            for (String name : chosen)
                if (works.stream().noneMatch(work -> work.name().equals(name))) {
                    System.err.println("no such work: " + name + "; there are "
                        + String.join(", ", works.stream().map(Plan.Work::name).toList()));
                    System.exit(2);
                }
            new Bench(setting).run(works, chosen, out, vm ? "vm" : "bare");
        } finally {
            Files.delete(file);
        }
    }

    private static Path path(String property) {
        String value = System.getProperty(property, "");
        return value.isEmpty() ? null : Path.of(value);
    }

    private void run(List<Plan.Work> works, List<String> chosen, Path out, String where)
        throws IOException, InterruptedException {
        writeFile(setting.file(), setting.quick() ? 8 << 20 : 256 << 20);
        int number = 0;
        for (Plan.Work work : works) {
            if (!chosen.contains(work.name()))
                continue;
            System.err.printf("[%d/%d] %s: %s%n", ++number, chosen.size(), work.name(), work.what());
            Results results = measure(work);
            results.write(out.resolve(where));
            Map<String, Results> all = Results.read(out.resolve(where), works);
            Report.write(out, where, all, setting.vm(), machine());
            for (Results.Row row : results.rows)
                print(work, row);
        }
        System.err.println("report: " + out.resolve(where + ".md"));
        if (failed)
            System.exit(1);
    }

    private void print(Plan.Work work, Results.Row row) {
        String name = (work.name() + " " + row.contender() + " " + row.variant()).strip();
        if (row.cannot() == null) {
            System.out.printf("ok - %s: %s %s%n", name, Report.number(row.median()), work.unit());
        } else if (row.contender().equals("niovsock") && !row.cannot().equals(NO_LATER_JDK)) {
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

    private Results measure(Plan.Work work) throws IOException, InterruptedException {
        int count = work.cases().size();
        List<List<Double>> values = new ArrayList<>();
        String[] cannot = new String[count];
        for (int i = 0; i < count; i++)
            values.add(new ArrayList<>());
        for (int sitting = 0; sitting < sittings; sitting++)
            for (List<Integer> turns : together(work)) {
                Process[] workers = new Process[count];
                try {
                    System.err.printf("  sitting %d of %d: %d contenders start", sitting + 1, sittings, turns.size());
                    for (int i : turns)
                        if (cannot[i] == null) {
                            workers[i] = start(work.cases().get(i));
                            cannot[i] = workers[i] == null ? NO_LATER_JDK : answer(workers[i], "ready");
                            System.err.print(" " + work.cases().get(i).contender());
                        }
                    System.err.print("; rounds");
                    for (int round = 0; round < work.rounds(); round++) {
                        for (int turn = 0; turn < turns.size(); turn++) {
                            int i = turns.get((turn + round) % turns.size());
                            values.get(i).add(cannot[i] == null ? round(work, workers, cannot, i) : Double.NaN);
                        }
                        if ((round + 1) % 5 == 0 || round + 1 == work.rounds())
                            System.err.print(" " + (round + 1));
                    }
                    System.err.println();
                } finally {
                    for (Process worker : workers)
                        if (worker != null)
                            worker.destroyForcibly().waitFor();
                }
            }
        Results results = new Results(work.name(), work.what(), work.unit(), work.lowerIsBetter(),
            LocalDateTime.now().truncatedTo(ChronoUnit.MINUTES) + ", " + sittings + " × " + work.rounds() + " rounds");
        for (int i = 0; i < count; i++) {
            Plan.Case c = work.cases().get(i);
            results.rows.add(new Results.Row(c.contender(), c.variant(), c.baseline(), values.get(i), cannot[i]));
        }
        return results;
    }

    /**
     * The cases that take turns with each other: all of them. In testvm/, only those of one variant: the kernel looks
     * for a vsock connection in lists that all processes share, and 20,000 idle connections cost the others more than
     * their own work.
     */
    private Collection<List<Integer>> together(Plan.Work work) {
        return IntStream.range(0, work.cases().size()).boxed().collect(Collectors.groupingBy(
            i -> setting.vm() ? work.cases().get(i).variant() : "", LinkedHashMap::new, Collectors.toList())).values();
    }

    private Process start(Plan.Case c) throws IOException {
        if (c.command().contains(""))
            return null;
        return new ProcessBuilder(c.command()).redirectError(ProcessBuilder.Redirect.appendTo(setting.classes()
            .resolveSibling("workers.log").toFile())).start();
    }

    private double round(Plan.Work work, Process[] workers, String[] cannot, int i) throws IOException {
        Process worker = workers[i];
        boolean processorTime = work.cases().get(i).processorTime();
        long used = processorTime ? processorNanos(worker) : 0;
        long start = System.nanoTime();
        OutputStream out = worker.getOutputStream();
        out.write('\n');
        out.flush();
        String line = read(worker);
        long elapsed = System.nanoTime() - start;
        if (line == null || !Character.isDigit(line.charAt(0))) {
            cannot[i] = reason(line);
            return Double.NaN;
        }
        double value = Double.parseDouble(line);
        if (!processorTime)
            return value;
        double share = (double) (processorNanos(worker) - used) / elapsed;
        return work.lowerIsBetter() ? value * share : value / share;
    }

    /** The processor time of all threads of the process: the first number of each thread's schedstat. */
    private static long processorNanos(Process process) throws IOException {
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
            return 0; // and the round reports that
        }
        return sum;
    }

    /** Returns null if the line has come. */
    private String answer(Process worker, String expected) throws IOException {
        String line = read(worker);
        return expected.equals(line) ? null : reason(line);
    }

    private static String reason(String line) {
        return line == null ? "it ended, or did not answer in time; see workers.log"
            : line.replaceFirst("^cannot: ", "");
    }

    private final Map<Process, BufferedReader> readers = new java.util.WeakHashMap<>();

    private String read(Process worker) throws IOException {
        ScheduledFuture<?> limit = watchdog.schedule(() -> { worker.destroyForcibly(); }, limitSeconds,
            TimeUnit.SECONDS);
        try {
            return readers.computeIfAbsent(worker, w -> new BufferedReader(new InputStreamReader(w.getInputStream())))
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
            + (setting.vm() ? " of QEMU's software emulation" : "")
            + "; Linux " + Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip()
            + "; JDK " + version(setting.java())
            + (setting.laterJava() == null ? "" : ", for virtual threads " + version(setting.laterJava()))
            + (setting.vm() ? "" : "; " + junixsocket()) + ".";
    }

    private static String version(Path java) throws IOException {
        Properties release = new Properties();
        try (var in = Files.newInputStream(java.toRealPath().resolveSibling("../release"))) {
            release.load(in);
        }
        return release.getProperty("JAVA_VERSION").replace("\"", "");
    }

    private String junixsocket() throws IOException {
        try (var jars = Files.list(setting.junixsocket())) {
            return jars.map(jar -> jar.getFileName().toString()).filter(jar -> jar.startsWith("junixsocket-common"))
                .findFirst().orElse("junixsocket").replaceAll("-common-|\\.jar", " ").strip();
        }
    }
}
