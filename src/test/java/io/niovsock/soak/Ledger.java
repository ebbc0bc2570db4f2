// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** What a leg of the campaign has counted: things done, checks that held and did not, and what cannot be done here. */
final class Ledger {
    private static final int KEPT = 20; // failures of a check that are told in full

    private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();
    private final Map<String, Check> checks = new ConcurrentSkipListMap<>();
    private final Map<String, String> notes = new ConcurrentSkipListMap<>();

    private static final class Check {
        private long held;
        private long failed;
        private final List<String> failures = new ArrayList<>();

        synchronized void add(boolean holds, String otherwise) {
            if (holds) {
                held++;
                return;
            }
            if (failed++ < KEPT)
                failures.add(otherwise);
        }

        synchronized long failed() {
            return failed;
        }

        synchronized void appendTo(List<String> lines, String what) {
            lines.add(line("check", what, held, failed));
            for (String failure : failures)
                lines.add(line("failure", what, failure));
        }
    }

    /** Adds to a number of the report. Names with the same beginning up to a comma are added up there. */
    void count(String what, long by) {
        counts.computeIfAbsent(what, name -> new LongAdder()).add(by);
    }

    long counted(String prefix) {
        return counts.entrySet().stream().filter(entry -> entry.getKey().startsWith(prefix))
            .mapToLong(entry -> entry.getValue().sum()).sum();
    }

    /** Notes that something was checked. One failure is enough for the campaign to fail. */
    void check(String what, boolean holds, Object otherwise) {
        checks.computeIfAbsent(what, name -> new Check()).add(holds, String.valueOf(otherwise));
    }

    /** The number of checks that did not hold. */
    long failed() {
        return checks.values().stream().mapToLong(Check::failed).sum();
    }

    void fail(String what, Throwable e) {
        check(what, false, e + ", at " + List.of(e.getStackTrace()).subList(0, Math.min(8, e.getStackTrace().length)));
    }

    /** Something that this place does not allow, or that was noticed: the report repeats it. */
    void note(String what, String text) {
        notes.put(what, text);
    }

    /** Writes what has been counted so far. */
    void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        counts.forEach((what, count) -> lines.add(line("count", what, count.sum())));
        checks.forEach((what, check) -> check.appendTo(lines, what));
        notes.forEach((what, text) -> lines.add(line("note", what, text)));
        Path next = file.resolveSibling(file.getFileName() + ".new");
        Files.write(next, lines);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String line(Object... cells) {
        StringBuilder line = new StringBuilder();
        for (Object cell : cells)
            line.append(line.isEmpty() ? "" : "\t").append(cell.toString().replaceAll("\\s+", " "));
        return line.toString();
    }
}
