// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.Await;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * The moments between two parts, when nothing is open. Descriptors and threads must be back to what they were after the
 * warm-up. Memory is measured without garbage; {@link CampaignReport} judges whether it grows.
 */
final class Rests implements AutoCloseable {
    private final Memory memory;
    private final Ledger ledger;
    private final PrintStream out;
    private long descriptors = Long.MAX_VALUE;
    private List<String> threads = List.of();

    Rests(Path file, Memory memory, Ledger ledger) throws IOException {
        this.memory = memory;
        this.ledger = ledger;
        out = new PrintStream(file.toFile());
        out.println("seconds\tafter\tconnections\tdescriptors\tthreads\theap\tcode\tother\tuncounted\tresident");
    }

    /** What is open and alive now is what every later rest is compared with. */
    void begin() throws IOException {
        descriptors = memory.descriptors();
        threads = memory.threads();
        ledger.note("at the start, after the warm-up", descriptors + " descriptors, " + threads.size() + " threads");
    }

    void rest(String after, double seconds) throws IOException {
        isBack("descriptors are back after each part", () -> memory.descriptors() <= descriptors, after);
        isBack("threads are back after each part", () -> memory.threads().size() <= threads.size(), after);
        long heap = memory.heapAfterCollection();
        Memory.Native now = memory.measure();
        out.println(String.join("\t", String.valueOf(Math.round(seconds)), after,
            String.valueOf(ledger.counted("connections, ")), String.valueOf(memory.descriptors()),
            String.valueOf(memory.threads().size()), String.valueOf(heap), String.valueOf(now.code()),
            String.valueOf(now.other()), String.valueOf(now.uncounted()),
            String.valueOf(memory.resident())));
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private void isBack(String check, Condition condition, String after) throws IOException {
        try {
            Await.until(this::toString, condition::holds);
            ledger.check(check, true, after);
        } catch (AssertionError e) {
            ledger.check(check, false, "after " + after + ": " + this);
        }
    }

    @Override
    public String toString() {
        try {
            return memory.descriptors() + " descriptors instead of " + descriptors + ", threads " + memory.threads()
                + " instead of " + threads;
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() {
        out.close();
    }
}
