// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A row of two plots for each leg, drawn by gnuplot: memory over time, and descriptors and threads. */
final class MemoryPlot {
    private static final int ROW = 260; // the height of a leg

    private MemoryPlot() { }

    /** Writes an SVG file; returns false if gnuplot is not installed or fails. */
    static boolean write(Path file, List<Leg> legs) throws IOException, InterruptedException {
        Process gnuplot;
        try {
            gnuplot = new ProcessBuilder("gnuplot").redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException notInstalled) {
            return false;
        }
        try (var in = gnuplot.getOutputStream()) {
            in.write(script(file, legs).getBytes(StandardCharsets.UTF_8));
        }
        return gnuplot.waitFor() == 0;
    }

    private static String script(Path file, List<Leg> legs) {
        StringBuilder script = new StringBuilder();
        script.append("set terminal svg size 1100,").append(ROW * Math.max(1, legs.size()))
            .append(" dynamic background '#ffffff'\nset output '").append(file).append("'\n")
            .append("set multiplot layout ").append(Math.max(1, legs.size())).append(",2\n")
            .append("set datafile separator tab\nset datafile missing '?'\nset key outside bottom horizontal\n")
            .append("set grid\nset xlabel 'minutes' offset 0,0.6\n");
        for (Leg leg : legs)
            if (!leg.samples.isEmpty() && !leg.rests.isEmpty())
                plots(script, leg);
        return script.append("unset multiplot\n").toString();
    }

    private static void plots(StringBuilder script, Leg leg) {
        String samples = "'" + leg.folder.resolve(Soak.SAMPLES) + "'";
        String rests = "'" + leg.folder.resolve(Soak.RESTS) + "'";
        script.append("set title '").append(leg.name).append(": memory'\nset ylabel 'MiB'\nunset logscale y\n")
            .append("set yrange [0:*]\nplot ")
            .append(line(samples, "resident", "/2**20", "resident, each second", "lines")).append(", ")
            .append(line(samples, "committed", "/2**20", "native, by the JVM", "lines")).append(", ")
            .append(line(rests, "heap", "/2**20", "heap after a collection, at each rest", "linespoints pt 7 ps 0.3"))
            .append("\nset title '").append(leg.name)
            .append(": descriptors and threads'\nset ylabel ''\nset logscale y\nset yrange [5:*]\nplot ")
            .append(line(samples, "descriptors", "", "descriptors", "lines")).append(", ")
            .append(line(samples, "threads", "", "threads", "lines")).append(", ")
            .append(line(rests, "descriptors", "", "descriptors, at each rest", "points pt 7 ps 0.4")).append('\n');
    }

    private static String line(String file, String column, String unit, String title, String style) {
        return file + " using (column('seconds')/60):(column('" + column + "')" + unit + ") with " + style + " title '"
            + title + "'";
    }
}
