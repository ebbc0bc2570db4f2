// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes plots, if gnuplot is installed. */
final class Gnuplot {
    private Gnuplot() { }

    /** The lines that a script begins with. */
    static void start(StringBuilder script, Path file, int width, int height) throws IOException {
        Files.createDirectories(file.getParent());
        script.append("set terminal svg size ").append(width).append(',').append(height)
            .append(" dynamic background '#ffffff'\nset output '").append(file).append("'\n");
    }

    /** Returns whether there is a plot now. */
    static boolean run(StringBuilder script) throws IOException, InterruptedException {
        Process gnuplot;
        try {
            gnuplot = new ProcessBuilder("gnuplot").redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException notInstalled) {
            return false;
        }
        try (var in = gnuplot.getOutputStream()) {
            in.write(script.toString().getBytes(StandardCharsets.UTF_8));
        }
        return gnuplot.waitFor() == 0;
    }
}
