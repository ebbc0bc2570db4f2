// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The descriptors that this process may have. */
final class Descriptors {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Path OPEN = Path.of("/proc/self/fd");
    private static final String LINE = "Max open files";
    private static final int SPARE = 32; // for files of the JVM, and for what connects take for a moment

    private static final int MOST_PIPES = 32;
    private static final int DESCRIPTORS_A_PIPE = 64; // as many others for each

    private Descriptors() { }

    /** How many connections, with two descriptors each, there may be; it is what {@code ulimit -n} leaves. */
    static int connections() throws IOException {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, left() / 2 - pipes()));
    }

    /** How many pipes, with two descriptors each, connections may share. */
    static int pipes() throws IOException {
        return (int) Math.max(0, Math.min(MOST_PIPES, left() / DESCRIPTORS_A_PIPE));
    }

    private static long left() throws IOException {
        return limit() - open() - SPARE;
    }

    /** {@code ulimit -n}; a JVM raises it to the hard limit when it starts. */
    static long limit() throws IOException {
        for (String line : Files.readAllLines(LIMITS))
            if (line.startsWith(LINE)) {
                String soft = line.substring(LINE.length()).strip().split(" ")[0];
                return soft.equals("unlimited") ? Integer.MAX_VALUE : Long.parseLong(soft);
            }
        throw new IOException(LIMITS + " has no line '" + LINE + "'");
    }

    private static long open() throws IOException {
        try (Stream<Path> files = Files.list(OPEN)) {
            return files.count();
        }
    }
}
