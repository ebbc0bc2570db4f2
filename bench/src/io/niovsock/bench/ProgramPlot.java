// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The picture of one program and its ways, for who chooses between them: a bar for each way, in three diagrams. */
final class ProgramPlot {
    private static final Map<String, String> DIAGRAMS = new LinkedHashMap<>();
    private static final Map<String, String> WAYS = new LinkedHashMap<>();

    static {
        DIAGRAMS.put(Plan.PROGRAM_ROUND_TRIPS, "round trip, µs");
        DIAGRAMS.put(Plan.PROGRAM_THROUGHPUT, "throughput, MiB/s");
        DIAGRAMS.put(Plan.PROGRAM_PROCESSOR, "processor time, ns/KiB");
        WAYS.put("niovsock", "vsock, this library");
        WAYS.put(Plan.SIDECAR, "vsock, by socat");
        WAYS.put(Plan.EPOLL, "TCP, by epoll");
        WAYS.put(Plan.NIO_TCP, "TCP, by NIO");
    }

    private ProgramPlot() { }

    /** Writes nothing if the program was not measured. */
    static void write(Path file, Map<String, Results> all) throws IOException, InterruptedException {
        if (!all.keySet().containsAll(DIAGRAMS.keySet()))
            return;
        StringBuilder script = new StringBuilder();
        Gnuplot.start(script, file, 1100, 400);
        script.append("set multiplot layout 1,3\nset style fill solid 0.85 border -1\nset boxwidth 0.6\n")
            .append("set yrange [0:*]\nset offsets 0.6,0.6,graph 0.12,0\nset grid ytics\nunset key\n")
            .append("set xtics rotate by -25 nomirror\nset bmargin 6\n");
        DIAGRAMS.forEach((benchmark, title) -> diagram(script, title, all.get(benchmark)));
        Gnuplot.run(script.append("unset multiplot\n"));
    }

    private static void diagram(StringBuilder script, String title, Results results) {
        List<String> ways = List.copyOf(WAYS.keySet());
        script.append("set title '").append(title).append("'\n$data << EOD\n");
        for (int i = 0; i < ways.size(); i++) {
            double median = results.row(ways.get(i), "").median();
            script.append(i).append(" \"").append(WAYS.get(ways.get(i))).append("\" ").append(median).append(' ')
                .append(i == 0 ? 1 : 2).append(" \"").append(Report.number(median)).append("\"\n");
        }
        script.append("EOD\nplot $data using 1:3:4:xtic(2) with boxes lc variable,")
            .append(" $data using 1:3:5 with labels offset 0,0.6\n");
    }
}
