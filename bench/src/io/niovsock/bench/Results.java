// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The results of one run of a benchmark: a file with every round. */
final class Results {
    /** A line of a table. {@code rounds} has NaN for missing values; {@code cannot} is the reason, or null. */
    record Row(String contender, String variant, String baseline, List<Double> rounds, String cannot) {
        double median() {
            return Results.quantile(rounds, 0.5);
        }
    }

    final String work;
    final String what;
    final String unit;
    final boolean lowerIsBetter;
    final String when;
    final List<Row> rows = new ArrayList<>();

    Results(String work, String what, String unit, boolean lowerIsBetter, String when) {
        this.work = work;
        this.what = what;
        this.unit = unit;
        this.lowerIsBetter = lowerIsBetter;
        this.when = when;
    }

    Row row(String contender, String variant) {
        return rows.stream().filter(r -> r.contender.equals(contender) && r.variant.equals(variant)).findFirst()
            .orElse(null);
    }

    /** The ratio of medians, or NaN. */
    double ratio(String contender, String baseline, String variant) {
        Row one = row(contender, variant);
        Row other = row(baseline, variant);
        return one == null || other == null ? Double.NaN : one.median() / other.median();
    }

    /**
     * The noise of this run: the difference between the two runs of one contender, or the standard error that follows
     * from the spread of the rounds, whichever is larger. If no contender ran twice in this variant, this is the noise
     * of another variant.
     */
    double noise(String variant) {
        Row again = rows.stream().filter(r -> r.contender.endsWith(Plan.AGAIN) && r.variant.equals(variant)).findFirst()
            .or(() -> rows.stream().filter(r -> r.contender.endsWith(Plan.AGAIN)).findFirst()).orElse(null);
        if (again == null)
            return Double.NaN;
        Row first = row(again.contender.replace(Plan.AGAIN, ""), again.variant);
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(again.rounds.size(), first.rounds.size()); i++)
            ratios.add(again.rounds.get(i) / first.rounds.get(i));
        double spread = (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / Math.sqrt(ratios.size());
        return Math.max(Math.abs(again.median() / first.median() - 1), spread);
    }

    List<String> variants() {
        return rows.stream().map(Row::variant).distinct().toList();
    }

    static double quantile(List<Double> values, double q) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).filter(v -> !Double.isNaN(v)).sorted()
            .toArray();
        if (sorted.length == 0)
            return Double.NaN;
        double at = q * (sorted.length - 1);
        int below = (int) at;
        return below + 1 == sorted.length ? sorted[below]
            : sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
    }

    void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        StringBuilder text = new StringBuilder();
        text.append(String.join("\t", work, what, unit, lowerIsBetter ? "lower" : "higher", when)).append('\n');
        for (Row row : rows) {
            text.append(String.join("\t", row.contender, row.variant, row.baseline,
                row.cannot == null ? "" : row.cannot.replaceAll("\\s+", " ")));
            for (double value : row.rounds)
                text.append('\t').append(String.format(Locale.ROOT, "%.5g", value));
            text.append('\n');
        }
        Files.writeString(folder.resolve(work + ".tsv"), text);
    }

    /** The results of this run and of earlier ones, by the name of the benchmark. */
    static Map<String, Results> read(Path folder, List<Plan.Work> works) throws IOException {
        Map<String, Results> all = new LinkedHashMap<>();
        for (Plan.Work work : works) {
            Path file = folder.resolve(work.name() + ".tsv");
            if (Files.exists(file))
                all.put(work.name(), read(Files.readAllLines(file)));
        }
        return all;
    }

    private static Results read(List<String> lines) {
        String[] head = lines.get(0).split("\t", -1);
        Results results = new Results(head[0], head[1], head[2], head[3].equals("lower"), head[4]);
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split("\t", -1);
            List<Double> rounds = Arrays.stream(cells).skip(4).map(Double::valueOf).toList();
            results.rows.add(new Row(cells[0], cells[1], cells[2], rounds, cells[3].isEmpty() ? null : cells[3]));
        }
        return results;
    }
}
