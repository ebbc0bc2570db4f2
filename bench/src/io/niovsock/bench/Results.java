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

/** The results of one run of a benchmark: a file with every iteration. */
final class Results {
    /** A line of a table. {@code iterations} has NaN for missing values; {@code cannot} is the reason, or null. */
    record Row(String implementation, String param, String baseline, List<Double> iterations, String cannot) {
        double median() {
            return Results.quantile(iterations, 0.5);
        }
    }

    final String benchmark;
    final String what;
    final String unit;
    final boolean lowerIsBetter;
    final String when;
    final List<Row> rows = new ArrayList<>();

    Results(String benchmark, String what, String unit, boolean lowerIsBetter, String when) {
        this.benchmark = benchmark;
        this.what = what;
        this.unit = unit;
        this.lowerIsBetter = lowerIsBetter;
        this.when = when;
    }

    Row row(String implementation, String param) {
        return rows.stream().filter(r -> r.implementation.equals(implementation) && r.param.equals(param)).findFirst()
            .orElse(null);
    }

    /** The ratio of medians, or NaN. */
    double ratio(String implementation, String baseline, String param) {
        Row one = row(implementation, param);
        Row other = row(baseline, param);
        return one == null || other == null ? Double.NaN : one.median() / other.median();
    }

    /**
     * The noise of this run: the difference between the two runs of one implementation, or the standard error that
     * follows from the spread of the iterations, whichever is larger. If no implementation ran twice with this param,
     * this is the noise of another param.
     */
    double noise(String param) {
        List<Row> repeated = rows.stream().filter(r -> r.implementation.endsWith(Plan.AGAIN)).toList();
        Row again = repeated.stream().filter(r -> r.param.equals(param)).findFirst()
            .or(() -> repeated.stream().findFirst()).orElse(null);
        if (again == null)
            return Double.NaN;
        Row first = row(again.implementation.replace(Plan.AGAIN, ""), again.param);
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(again.iterations.size(), first.iterations.size()); i++)
            ratios.add(again.iterations.get(i) / first.iterations.get(i));
        double spread = (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / Math.sqrt(ratios.size());
        return Math.max(Math.abs(again.median() / first.median() - 1), spread);
    }

    List<String> params() {
        return rows.stream().map(Row::param).distinct().toList();
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
        text.append(String.join("\t", benchmark, what, unit, lowerIsBetter ? "lower" : "higher", when)).append('\n');
        for (Row row : rows) {
            text.append(String.join("\t", row.implementation, row.param, row.baseline,
                row.cannot == null ? "" : row.cannot.replaceAll("\\s+", " ")));
            for (double value : row.iterations)
                text.append('\t').append(String.format(Locale.ROOT, "%.5g", value));
            text.append('\n');
        }
        Files.writeString(folder.resolve(benchmark + ".tsv"), text);
    }

    /** The results of this run and of earlier ones, by the name of the benchmark. */
    static Map<String, Results> read(Path folder, List<Plan.Entry> plan) throws IOException {
        Map<String, Results> all = new LinkedHashMap<>();
        for (Plan.Entry benchmark : plan) {
            Path file = folder.resolve(benchmark.name() + ".tsv");
            if (Files.exists(file))
                all.put(benchmark.name(), read(Files.readAllLines(file)));
        }
        return all;
    }

    private static Results read(List<String> lines) {
        String[] head = lines.get(0).split("\t", -1);
        Results results = new Results(head[0], head[1], head[2], head[3].equals("lower"), head[4]);
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split("\t", -1);
            List<Double> iterations = Arrays.stream(cells).skip(4).map(Double::valueOf).toList();
            results.rows.add(new Row(cells[0], cells[1], cells[2], iterations, cells[3].isEmpty() ? null : cells[3]));
        }
        return results;
    }
}
