// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Writes a line of what the JVM occupies, and of what it has done, once a second. */
final class Sampler implements AutoCloseable {
    private static final String UNKNOWN = "?"; // a gap in the plot

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final long start = System.nanoTime();
    private final Memory memory;
    private final Ledger ledger;
    private final PrintStream out;
    private volatile String part = "start";
    private boolean counting = true; // descriptors, which takes one; guarded by this

    Sampler(Path file, Memory memory, Ledger ledger) throws IOException {
        this.memory = memory;
        this.ledger = ledger;
        out = new PrintStream(file.toFile());
        out.println("seconds\tpart\tconnections\tbytes\tdescriptors\tthreads\theap\tdirect\tcommitted\tresident");
        clock.scheduleAtFixedRate(this::sample, 1, 1, TimeUnit.SECONDS);
    }

    /** The part runs from now on. */
    synchronized void begin(Part next) {
        part = next.name();
        counting = !next.takesAllDescriptors();
    }

    /** No part runs from now on. */
    synchronized void rest() {
        part = "rest";
        counting = true;
    }

    double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }

    private void sample() {
        try {
            out.println(String.join("\t", String.valueOf(Math.round(seconds())), part,
                String.valueOf(ledger.counted("connections, ")), String.valueOf(ledger.counted("bytes, ")),
                descriptors(), String.valueOf(memory.threads().size()), String.valueOf(memory.heap()),
                String.valueOf(memory.direct()), String.valueOf(memory.committed()),
                String.valueOf(memory.resident())));
        } catch (IOException | RuntimeException e) {
            ledger.fail("a sample each second", e);
        }
    }

    private synchronized String descriptors() throws IOException {
        return counting ? String.valueOf(memory.descriptors()) : UNKNOWN;
    }

    @Override
    public void close() {
        clock.shutdownNow();
        out.close();
    }
}
