// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.Machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;

/**
 * A leg of the campaign: every part that this place allows, lap after lap until the time is over, in one JVM.
 *
 * <pre>Soak SECONDS FOLDER</pre>
 * Into the folder go {@code samples.tsv}, {@code rests.tsv} and {@code ledger.tsv}. {@code bench/soak} starts this.
 * Exit status: 0 if every check held, 1 if one failed, {@link Watchdog#HUNG} if a part did not end.
 */
public final class Soak {
    static final String SAMPLES = "samples.tsv";
    static final String RESTS = "rests.tsv";
    static final String LEDGER = "ledger.tsv";

    /** A lap's length: a twelfth of the time, but not so short that its parts do nothing. */
    private static final double LAPS = 12;
    private static final double SHORTEST_LAP = 20;
    private static final double LONGEST_LAP = 600;
    private static final double WARM_UP = 1; // seconds of each part
    private static final double PATIENCE = 900; // seconds beyond its time until a part hangs: a boot, and some waits

    private final Ledger ledger = new Ledger();
    private final Path folder;

    private Soak(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        if (!Machine.isEmulated() && !Machine.isTestvm())
            throw new IllegalStateException("the kernel's vsock of this machine is not for tests");
        Path folder = Files.createDirectories(Path.of(arguments[1]));
        Soak soak = new Soak(folder);
        soak.run(Deadline.in(Double.parseDouble(arguments[0])), Double.parseDouble(arguments[0]));
        System.exit(soak.ledger.failed() == 0 ? 0 : 1);
    }

    private List<Part> parts() {
        List<Part> parts = new ArrayList<>(List.of(new Connections(), new Transfers(), new KilledProcesses(),
            new StoppedProcesses(), new Exhaustion()));
        if (Machine.isTestvm())
            parts.addAll(List.of(new ClockJumps(), new ModuleReload()));
        else if (Boolean.getBoolean("niovsock.soak.guests"))
            parts.add(new Guests());
        else
            ledger.note("guests, and the kernel's vsock in testvm/", "left out by --bare");
        return parts;
    }

    private void run(Deadline end, double seconds) throws Exception {
        List<Part> parts = parts();
        double weights = parts.stream().mapToInt(Part::weight).sum();
        ledger.note("JVM", System.getProperty("java.vm.version") + ", Linux " + System.getProperty("os.version"));
        try (Memory memory = new Memory(); Sampler sampler = new Sampler(folder.resolve(SAMPLES), memory, ledger);
             Rests rests = new Rests(folder.resolve(RESTS), memory, ledger);
             Watchdog watchdog = new Watchdog(folder, memory, ledger)) {
            for (Part part : parts)
                run(part, Deadline.in(WARM_UP), sampler, watchdog);
            rests.begin();
            double lap = Math.min(LONGEST_LAP, Math.max(SHORTEST_LAP, seconds / LAPS));
            do {
                for (Part part : parts) {
                    double slice = Math.min(lap * part.weight() / weights, end.secondsLeft());
                    run(part, Deadline.in(slice), sampler, watchdog);
                    sampler.rest();
                    rests.rest(part.name(), sampler.seconds());
                    ledger.write(folder.resolve(LEDGER));
                    if (end.isOver())
                        break;
                }
                ledger.count("laps", 1);
            } while (!end.isOver());
        }
        ledger.write(folder.resolve(LEDGER));
    }

    private void run(Part part, Deadline end, Sampler sampler, Watchdog watchdog) throws IOException {
        sampler.begin(part);
        ScheduledFuture<?> watch = watchdog.watch(part.name(), Math.max(0, end.secondsLeft()) + PATIENCE);
        try {
            part.run(end, ledger);
            ledger.check("each part ends as it should", true, part.name());
        } catch (Exception | AssertionError e) {
            ledger.fail("each part ends as it should", e);
            e.printStackTrace();
        } finally {
            watch.cancel(false);
        }
    }
}
