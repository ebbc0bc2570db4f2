// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes the Markdown tables and the plot of the results. */
final class Report {
    private final StringBuilder text = new StringBuilder();
    private final Map<String, Results> all;
    private final boolean vm;

    private Report(Map<String, Results> all, boolean vm) {
        this.all = all;
        this.vm = vm;
    }

    /** Writes {@code NAME.md} and, if gnuplot is installed, {@code NAME.svg}. */
    static void write(Path folder, String name, Map<String, Results> all, boolean vm, String machine)
        throws IOException, InterruptedException {
        Report report = new Report(all, vm);
        boolean plotted = Plot.write(folder.resolve(name + ".svg"), all, vm);
        ProgramPlot.write(folder.resolve("program.svg"), all);
        report.head(name, machine, plotted);
        report.targets();
        all.values().forEach(report::table);
        Files.writeString(folder.resolve(name + ".md"), report.text);
    }

    private void head(String name, String machine, boolean plotted) {
        line("# " + (vm ? "In `testvm/`: AF_VSOCK's loopback, and TCP"
            : "On the bare machine: AF_UNIX under every implementation"));
        line("");
        line("Written by `bench/run`; see docs/performance.md.");
        line("");
        line(machine);
        line("");
        line(plotted ? "![cost as a ratio](" + name + ".svg)"
            : "No plot: gnuplot is not installed (apt-get install gnuplot-nox).");
        line("");
    }

    private void targets() {
        line("## Targets");
        line("");
        line("| target | measured | noise | verdict |");
        line("| --- | --- | --- | --- |");
        for (Target target : Target.of(vm)) {
            Target.Verdict verdict = target.judge().apply(all);
            line("| " + target.text() + " | " + verdict.measured() + " | " + percent(verdict.noise()) + " | **"
                + verdict.outcome() + "** |");
        }
        line("");
    }

    private void table(Results results) {
        line("## " + results.benchmark);
        line("");
        line(capitalized(results.what) + ". In " + results.unit + ", " + (results.lowerIsBetter ? "lower" : "higher")
            + " is better. " + results.when + ".");
        line("");
        line("| | | median | min | max | ratio | to |");
        line("| --- | --- | ---: | ---: | ---: | ---: | --- |");
        for (Results.Row row : results.rows) {
            String label = "| " + row.implementation() + " | " + row.param() + " | ";
            if (row.cannot() != null) {
                line(label + "cannot run: " + row.cannot().replace("|", "/") + " | | | | |");
                continue;
            }
            double ratio = results.ratio(row.implementation(), row.baseline(), row.param());
            boolean self = row.implementation().equals(row.baseline());
            line(label + number(row.median()) + " | " + number(Results.quantile(row.iterations(), 0)) + " | "
                + number(Results.quantile(row.iterations(), 1))
                + " | " + (self || Double.isNaN(ratio) || Double.isInfinite(ratio) ? ""
                : String.format(Locale.ROOT, "%.3f", ratio))
                + " | " + (self ? "" : row.baseline()) + " |");
        }
        line("");
        for (String param : results.params())
            if (results.rows.stream().anyMatch(row ->
                row.implementation().endsWith(Plan.AGAIN) && row.param().equals(param)))
                line(("Noise " + param).strip() + ": " + percent(results.noise(param)) + ".");
        line("");
    }

    private static String capitalized(String what) {
        return what.substring(0, 1).toUpperCase(Locale.ROOT) + what.substring(1);
    }

    private static String percent(double noise) {
        return Double.isNaN(noise) ? "" : String.format(Locale.ROOT, "%.1f %%", noise * 100);
    }

    /** Three significant digits at least, and no exponent. */
    static String number(double value) {
        int decimals = value == 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    private void line(String line) {
        text.append(line).append('\n');
    }

    /** Bars of cost: 1 is the baseline, more is slower. */
    private static final class Plot {
        static boolean write(Path file, Map<String, Results> all, boolean vm) throws IOException, InterruptedException {
            List<String> implementations = vm ? List.of("jdk-tcp", "niovsock")
                : List.of("jdk-unix", "junixsocket", "niovsock");
            StringBuilder script = new StringBuilder();
            Gnuplot.start(script, file, 1100, 560);
            script.append("set style data histogram\nset style histogram clustered gap 1\n")
                .append("set style fill solid 0.85 border -1\n");
            script.append("set logscale y 2\nset ytics (0.5,0.75,1,1.25,1.5,2,3,5,10,20,50,100,200)\n")
                .append("set yrange [0.5:*]\nset grid ytics\n");
            script.append("set xtics rotate by -35\nset key top left\nset ylabel 'cost; 1 = ")
                .append(vm ? "C over the same kind of socket" : "C").append("'\n");
            script.append("$data << EOD\n\"\"");
            implementations.forEach(c -> script.append(" \"").append(c).append('"'));
            script.append('\n');
            for (Results results : all.values())
                for (Results.Row row : results.rows)
                    if (row.implementation().equals("c"))
                        bars(script, results, row.param(), implementations);
            script.append("EOD\nplot for [i=2:").append(implementations.size() + 1)
                .append("] $data using i:xtic(1) title columnheader(i), 1 with lines notitle lc rgb 'black'\n");
            return Gnuplot.run(script);
        }

        private static void bars(StringBuilder script, Results results, String param, List<String> implementations) {
            script.append('"').append((results.benchmark + " " + param).strip()).append('"');
            for (String implementation : implementations) {
                double ratio = results.ratio(implementation, implementation.equals("jdk-tcp") ? "c-tcp" : "c", param);
                double cost = results.lowerIsBetter ? ratio : 1 / ratio;
                script.append(' ').append(Double.isNaN(cost) ? "?" : String.format(Locale.ROOT, "%.3f", cost));
            }
            script.append('\n');
        }
    }
}
