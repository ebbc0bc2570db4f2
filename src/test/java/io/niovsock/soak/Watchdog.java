// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Ends the JVM if a part does not end: with the stacks of all threads in a file, and with the ledger. */
final class Watchdog implements AutoCloseable {
    /** The exit status of a JVM that hung. */
    static final int HUNG = 3;

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final Path folder;
    private final Memory memory;
    private final Ledger ledger;

    Watchdog(Path folder, Memory memory, Ledger ledger) {
        this.folder = folder;
        this.memory = memory;
        this.ledger = ledger;
    }

    /** Watches until the result is cancelled. */
    ScheduledFuture<?> watch(String part, double seconds) {
        return clock.schedule(() -> bark(part), (long) (seconds * 1000), TimeUnit.MILLISECONDS);
    }

    private void bark(String part) {
        Path file = folder.resolve("hang.txt").toAbsolutePath();
        ledger.check("each part ends in time", false, part + "; the stacks are in " + file.getFileName());
        try {
            Files.writeString(file, memory.command("threadPrint", "-l"));
            if (Runtime.version().feature() >= 21) // virtual threads too
                memory.command("threadDumpToFile", file.resolveSibling("hang-virtual.txt").toString());
            ledger.write(folder.resolve(Soak.LEDGER));
        } catch (IOException | RuntimeException e) {
            e.printStackTrace();
        } finally {
            Runtime.getRuntime().halt(HUNG);
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
