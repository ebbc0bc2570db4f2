// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/** Shows how far something is, in one line of the standard error; only if that is a terminal. */
final class Progress implements Closeable {
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final String CLEAR_LINE = "\r\033[K";

    private final String name;
    private final LongFunction<String> text;
    private final boolean terminal = isTerminal(STANDARD_ERROR);
    private long shown = System.nanoTime();

    Progress(String name, LongFunction<String> text) {
        this.name = name;
        this.text = text;
    }

    /** Whether a descriptor, given as its link in /proc, is a terminal. */
    static boolean isTerminal(Path descriptor) {
        try {
            String file = Files.readSymbolicLink(descriptor).toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty") || file.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    void show(long count) {
        if (!terminal || System.nanoTime() - shown < PAUSE_NANOS)
            return;
        shown = System.nanoTime();
        System.err.print(CLEAR_LINE + name + ": " + text.apply(count));
    }

    @Override
    public void close() {
        if (terminal)
            System.err.print(CLEAR_LINE);
    }
}
