// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Tells what the legs of a campaign have shown, in Markdown and a plot, and judges it.
 *
 * <pre>CampaignReport FOLDER NAME</pre>
 * Writes {@code NAME.md} and {@code NAME.svg} to the folder, which has a folder for each leg, and in the file
 * {@code runs} a line for each run. Exit status 0 if the verdict is PASSED.
 */
public final class CampaignReport {
    private static final double MEBIBYTE = 1 << 20;
    private static final double HOUR = 3600; // seconds
    private static final String RUNS = "runs"; // of bench/soak: when and where each run was

    /** Bytes that a JDK from {@link #LEAVING_JDK} on leaves of each process it has started: docs/performance.md. */
    private static final int LEFT_OF_A_PROCESS = 320;
    private static final int LEAVING_JDK = 27;

    /** What is counted, and how much of it a long run shall reach. */
    private enum Goal {
        CONNECTIONS("connections, ", "connections", 10_000_000),
        BYTES("bytes, ", "bytes, each with its digest or its place compared", 1_000_000_000_000L),
        KILLED("processes killed", "peer processes killed (SIGKILL)", 1000),
        POWERED_OFF("guests powered off", "guests powered off in mid-transfer", 100);

        private final String prefix;
        private final String text;
        private final long longRun;

        Goal(String prefix, String text, long longRun) {
            this.prefix = prefix;
            this.text = text;
            this.longRun = longRun;
        }
    }

    /** What must not grow, and how much of growth is always allowed. */
    private enum Resource {
        HEAP("heap", "used heap, after a collection", 1),
        CODE("code", "classes and compiled code", 8),
        OTHER("other", "other native memory that the JVM counts", 2),
        UNCOUNTED("uncounted", "native memory that the JVM does not count", 2);

        private final String column;
        private final String text;
        private final double floor;

        Resource(String column, String text, double mebibytes) {
            this.column = column;
            this.text = text;
            floor = mebibytes * MEBIBYTE;
        }

        Growth growth(Leg leg) {
            boolean leaves = this == UNCOUNTED && leg.jdk >= LEAVING_JDK;
            return Growth.of(leg.measured(column),
                floor + (leaves ? LEFT_OF_A_PROCESS * leg.count(Goal.KILLED.prefix) : 0));
        }
    }

    private final StringBuilder text = new StringBuilder();
    private final List<Leg> legs;

    private CampaignReport(List<Leg> legs) {
        this.legs = legs;
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        String name = arguments[1];
        CampaignReport report = new CampaignReport(Leg.all(folder));
        boolean plotted = MemoryPlot.write(folder.resolve(name + ".svg"), report.legs);
        List<String> faults = report.faults();
        report.head(name, Files.readAllLines(folder.resolve(RUNS)), plotted, faults);
        report.goals();
        report.counts();
        report.checks();
        report.growth();
        report.notes();
        Path file = folder.resolve(name + ".md");
        Files.writeString(file, report.text);
        System.out.println((faults.isEmpty() ? "PASSED" : "FAILED: " + String.join("; ", faults)) + "\n" + file);
        System.exit(faults.isEmpty() ? 0 : 1);
    }

    /** Returns the reasons why the campaign failed; an empty list if it passed. */
    private List<String> faults() {
        List<String> faults = new ArrayList<>();
        if (legs.isEmpty())
            faults.add("nothing ran");
        for (Leg leg : legs) {
            if (leg.failed() > 0)
                faults.add(leg.name + ": " + leg.failed() + " checks failed");
            else if (leg.status != 0)
                faults.add(leg.name + ": ended with status " + leg.status);
            if (leg.count("laps") == 0)
                faults.add(leg.name + ": no lap ran to its end");
            for (Resource resource : Resource.values())
                if (resource.growth(leg).isTooMuch())
                    faults.add(leg.name + ": " + resource.text + " grows");
        }
        return faults;
    }

    private void head(String name, List<String> runs, boolean plotted, List<String> faults) {
        line(String.format(Locale.ROOT, "# The campaign: %.2f hours",
            legs.stream().mapToDouble(leg -> leg.seconds).sum() / HOUR));
        line("");
        line("Written by `bench/soak`; see docs/performance.md, \"The campaign\".");
        line("");
        for (String run : runs)
            line("- " + run);
        line("");
        line("**" + (faults.isEmpty() ? "PASSED" : "FAILED") + "**"
            + (faults.isEmpty() ? ": every check held." : ": " + String.join("; ", faults) + "."));
        line("");
        line("| leg | JVM | planned | ran | exit status | laps |");
        line("| --- | --- | ---: | ---: | ---: | ---: |");
        for (Leg leg : legs)
            line("| " + leg.name + ": " + leg.place + " | " + leg.notes.getOrDefault("JVM", "?") + " | "
                + seconds(leg.planned) + " | " + seconds(leg.seconds) + " | " + leg.status + " | " + leg.count("laps")
                + " |");
        line("");
        line(plotted ? "![memory, descriptors and threads over time](" + name + ".svg)"
            : "No plot: gnuplot is not installed (apt-get install gnuplot-nox).");
        line("");
    }

    private void goals() {
        line("## What ran, of what a long run shall reach");
        line("");
        line("| | here | a long run |");
        line("| --- | ---: | ---: |");
        for (Goal goal : Goal.values())
            line("| " + goal.text + " | " + number(legs.stream().mapToLong(leg -> leg.count(goal.prefix)).sum())
                + " | " + number(goal.longRun) + " |");
        line("");
    }

    private void counts() {
        line("## Counted");
        line("");
        line("| | " + legs.stream().map(leg -> leg.name).collect(Collectors.joining(" | ")) + " |");
        line("| ---" + " | ---:".repeat(legs.size()) + " |");
        for (String count : new TreeSet<>(legs.stream().flatMap(leg -> leg.counts.keySet().stream()).toList()))
            line("| " + count + legs.stream().map(leg -> " | " + (leg.counts.containsKey(count)
                ? number(leg.counts.get(count)) : "")).collect(Collectors.joining()) + " |");
        line("");
    }

    private void checks() {
        Map<String, long[]> sums = new TreeMap<>();
        for (Leg leg : legs)
            leg.checks.forEach((what, check) -> {
                long[] sum = sums.computeIfAbsent(what, name -> new long[2]);
                sum[0] += check.held();
                sum[1] += check.failed();
            });
        line("## Checks");
        line("");
        line("| check | held | failed |");
        line("| --- | ---: | ---: |");
        sums.forEach((what, sum) -> line("| " + what + " | " + number(sum[0]) + " | "
            + (sum[1] == 0 ? "0" : "**" + number(sum[1]) + "**") + " |"));
        line("");
        for (Leg leg : legs)
            for (String failure : leg.failures)
                line("- " + leg.name + ": " + failure);
        if (legs.stream().anyMatch(leg -> !leg.failures.isEmpty()))
            line("");
    }

    private void growth() {
        line("## Growth");
        line("");
        line("The campaign measures memory between two parts, in MiB. No connection is open then. The garbage collector"
            + " has run before, and malloc has returned free memory to the kernel. The method of least squares fits a"
            + " line to the moments after the first tenth of the time. The growth is the rise of that line. The limit"
            + " is the larger of 5 % of the mean and this number: "
            + Arrays.stream(Resource.values())
                .map(resource -> mebibytes(resource.floor) + " MiB of " + resource.text)
                .collect(Collectors.joining("; "))
            + ". JDK " + LEAVING_JDK + " and later keep memory of each process that has ended, even without this"
            + " library. There, the last of these limits is " + LEFT_OF_A_PROCESS + " bytes higher for each process"
            + " that was killed."
            + " The memory that the JVM does not count is the resident memory less the JVM's count. It may be below 0,"
            + " since the JVM counts pages that it has not touched. The verdict is on the growth only."
            + " With fewer than " + Growth.FEWEST + " moments there is no verdict.");
        line("");
        line("| leg | | moments | first | last | mean | growth | limit | |");
        line("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
        for (Leg leg : legs)
            for (Resource resource : Resource.values())
                growth(leg, resource);
        line("");
        line("| leg | descriptors at a rest | most at once | threads at a rest | most at once |");
        line("| --- | ---: | ---: | ---: | ---: |");
        for (Leg leg : legs)
            line("| " + leg.name + " | " + range(leg.rests, "descriptors") + " | " + most(leg.samples, "descriptors")
                + " | " + range(leg.rests, "threads") + " | " + most(leg.samples, "threads") + " |");
        line("");
    }

    private void growth(Leg leg, Resource resource) {
        List<Trend.Point> points = leg.measured(resource.column);
        if (points.isEmpty())
            return;
        Growth growth = resource.growth(leg);
        line("| " + leg.name + " | " + resource.text + " | " + points.size() + " | "
            + mebibytes(points.get(0).value()) + " | " + mebibytes(points.get(points.size() - 1).value()) + " | "
            + (growth.isJudged() ? mebibytes(growth.trend().mean()) + " | " + mebibytes(growth.trend().growth())
            : " | ") + " | " + mebibytes(growth.limit()) + " | "
            + (!growth.isJudged() ? "too short to judge" : growth.isTooMuch() ? "**grows**" : "within the limit")
            + " |");
    }

    /** What several legs have said alike is said once. */
    private void notes() {
        Map<String, List<String>> said = new TreeMap<>();
        for (Leg leg : legs)
            leg.notes.forEach((what, note) -> {
                if (!what.equals("JVM"))
                    said.computeIfAbsent(what + ": `" + note.replace('`', '\'') + "`", text -> new ArrayList<>())
                        .add(leg.name);
            });
        line("## Noticed, and what cannot be done here");
        line("");
        said.forEach((what, names) -> line("- " + what + " (" + String.join(", ", names) + ")"));
        line("");
    }

    private static String range(List<Map<String, String>> rows, String column) {
        List<Long> values = values(rows, column);
        return values.isEmpty() ? "?"
            : values.stream().min(Comparator.naturalOrder()).get() + " to "
            + values.stream().max(Comparator.naturalOrder()).get();
    }

    private static String most(List<Map<String, String>> rows, String column) {
        return values(rows, column).stream().max(Comparator.naturalOrder()).map(String::valueOf).orElse("?");
    }

    /** The known values of a column. */
    private static List<Long> values(List<Map<String, String>> rows, String column) {
        return rows.stream().map(row -> row.get(column)).filter(value -> !value.equals("?")).map(Long::valueOf)
            .toList();
    }

    private static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%,.0f s", seconds);
    }

    private static String mebibytes(double bytes) {
        return String.format(Locale.ROOT, "%,.2f", bytes / MEBIBYTE);
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
