// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The library's targets, each a line of the report: met, missed, or too noisy to judge. */
record Target(String text, Function<Map<String, Results>, Verdict> judge) {
    /**
     * Noise up to this limit never prevents a verdict. Above it, noise does, if twice its value could change the
     * verdict.
     */
    private static final double LITTLE_NOISE = 0.03;

    private static boolean isNoisy(double noise, double distance) {
        return !(noise <= LITTLE_NOISE) && !(Math.abs(distance) > 2 * noise);
    }

    /** @param outcome "met" or "missed", perhaps by less than the noise; "too noisy", or "not measured" */
    record Verdict(String measured, double noise, String outcome) {
        static final Verdict NONE = new Verdict("", Double.NaN, "not measured");
    }

    static List<Target> of(boolean vm) {
        return vm ? vm() : bare();
    }

    private static List<Target> bare() {
        List<Target> targets = new ArrayList<>(others());
        targets.addAll(tails());
        return targets;
    }

    private static List<Target> tails() {
        List<Target> targets = new ArrayList<>();
        for (String benchmark : List.of("tail", "tail-busy", "tail-select", "tail-select-busy"))
            for (String part : List.of(Plan.P99, Plan.P99_9))
                targets.add(ratio(benchmark + ", " + part + ": at most 1.10 × C", benchmark, part, "c", 1.10));
        return targets;
    }

    private static List<Target> others() {
        String one = "1 processor";
        return List.of(
            ratio("blocking ping-pong: at most 1.05 × C", "pingpong", one, "c", 1.05),
            ratio("throughput, direct buffers: at least 0.97 × C", "throughput-direct", one, "c", 0.97),
            ratio("throughput, heap buffers: no less than the JDK's Unix-domain channel", "throughput-heap", "",
                "jdk-unix", 1.00),
            ratio("the same on JDK 25: at least 0.90 × C", "throughput-heap", Plan.JDK_25, "c", 0.90),
            ratio("heap buffers on JDK 25: no less than the JDK's Unix-domain channel", "throughput-heap", Plan.JDK_25,
                "jdk-unix", 1.00),
            manyAndFew("a selector round trip with 10,000 registered: at most 1.10 × that with 10", 1.10),
            ratio("the same: no slower than the JDK's", "select", "10000 registered", "jdk-unix", 1.00),
            ratio("1,000 active channels: at most 1.20 × C", "select-active", "1000 active", "c", 1.20),
            ratio("datagrams: at least 0.95 × C", "datagrams", "", "c", 0.95),
            ratio("records of 512 bytes: at most C's time / 0.97", "records", "512 bytes", "c", 1 / 0.97),
            ratio("records of 16 KiB: the same", "records", "16384 bytes", "c", 1 / 0.97),
            ratio("idle channel, heap: no more than the JDK's Unix-domain channel", "memory-heap", "", "jdk-unix",
                1.00),
            ratio("idle channel, outside the heap: no more than that channel", "memory-native", "", "jdk-unix", 1.00),
            ratio("connects a second: at least 0.90 × the JDK's Unix-domain channel", "connect", "", "jdk-unix", 0.90),
            ratio("connecting to a guest: at most 1.30 × the JDK's Unix-domain channel with the handshake by hand",
                "connect-hybrid", Plan.WITH_HANDSHAKE, "jdk-unix", 1.30),
            ratio("ping-pong with a guest: no slower than that channel", "pingpong-hybrid", "", "jdk-unix", 1.00),
            ratio("throughput to a guest: no less than that channel", "throughput-hybrid", "", "jdk-unix", 1.00),
            nothing("0 bytes allocated for a read and a write, direct buffers", "allocation-direct"),
            nothing("0 bytes allocated for a read and a write, heap buffers", "allocation-heap"),
            unchanged("TCP echo with the jar: as without it", "tcp-echo", ""),
            ratio("asynchronous ping-pong with handlers: at most 1.10 × the JDK's TCP", "async-handlers",
                Plan.DEFAULT_GROUP, "without", 1.10),
            ratio("the same with futures", "async-futures", "", "without", 1.10),
            unchanged("asynchronous TCP with the jar: as without it", "async-handlers", Plan.DEFAULT_GROUP),
            atMostMillis("JVM start: at most 20 ms more with the jar, provider loaded", "start-provider", 20),
            atMostPercent("10,000 blocked virtual threads, none pins a carrier: at most 1 % of a processor",
                "virtual-idle", "10000 threads", 1),
            aheadOfJunixsocket());
    }

    private static List<Target> vm() {
        String one = "1 processor";
        return List.of(
            ratio("blocking ping-pong: at most 1.10 × C", "pingpong", one, "c", 1.10),
            asTcp("throughput, direct buffers: to C as the JDK's TCP is to C's TCP", "throughput-direct", one),
            asTcp("throughput, heap buffers: the same", "throughput-heap", ""),
            asTcp("throughput, gathering: the same", "throughput-gather", ""),
            ratio("transferTo: at least 0.97 × C's sendfile", "transfer", "", "c", 0.97));
    }

    private static Target ratio(String text, String benchmark, String param, String baseline, double limit) {
        return new Target(text, all -> {
            Results results = all.get(benchmark);
            if (results == null)
                return Verdict.NONE;
            return judge(results.ratio("niovsock", baseline, param), limit, results.lowerIsBetter,
                results.noise(param));
        });
    }

    private static Verdict judge(double ratio, double limit, boolean atMost, double noise) {
        if (Double.isNaN(ratio))
            return Verdict.NONE;
        String measured = String.format(Locale.ROOT, "%.3f ×", ratio);
        boolean noisy = isNoisy(noise, ratio - limit);
        boolean met = atMost ? ratio <= limit : ratio >= limit;
        return new Verdict(measured, noise, noisy ? "too noisy"
            : (met ? "met" : "missed") + (Math.abs(ratio - limit) < noise ? ", by less than the noise" : ""));
    }

    private static Target manyAndFew(String text, double limit) {
        return new Target(text, all -> {
            Results results = all.get("select");
            if (results == null || results.row("niovsock", "10000 registered") == null)
                return Verdict.NONE;
            double ratio = results.row("niovsock", "10000 registered")
                .median() / results.row("niovsock", "10 registered").median();
            return judge(ratio, limit, true, results.noise("10 registered"));
        });
    }

    /** Compares two ratios: that over vsock and that over TCP. */
    private static Target asTcp(String text, String benchmark, String param) {
        return new Target(text, all -> {
            Results results = all.get(benchmark);
            if (results == null)
                return Verdict.NONE;
            return judge(results.ratio("niovsock", "c", param) / results.ratio("jdk-tcp", "c-tcp", param), 1, false,
                results.noise(param));
        });
    }

    private static Target nothing(String text, String benchmark) {
        return absolute(text, benchmark, "", "bytes", 0);
    }

    private static Target atMostPercent(String text, String benchmark, String param, double limit) {
        return absolute(text, benchmark, param, "%", limit);
    }

    private static Target absolute(String text, String benchmark, String param, String unit, double limit) {
        return new Target(text, all -> {
            Results results = all.get(benchmark);
            if (results == null || results.row("niovsock", param) == null
                || results.row("niovsock", param).cannot() != null)
                return Verdict.NONE;
            double value = results.row("niovsock", param).median();
            return new Verdict(String.format(Locale.ROOT, "%.2g %s", value, unit), Double.NaN,
                value <= limit ? "met" : "missed");
        });
    }

    /** No slower, within the noise. Below 1, the value is the noise between processes. */
    private static Target unchanged(String text, String benchmark, String param) {
        return new Target(text, all -> {
            Results results = all.get(benchmark);
            if (results == null)
                return Verdict.NONE;
            double ratio = results.ratio("with", "without", param);
            double noise = results.noise(param);
            String measured = String.format(Locale.ROOT, "%.3f ×", ratio);
            return new Verdict(measured, noise,
                !(noise <= LITTLE_NOISE) ? "too noisy" : ratio <= 1 + Math.max(noise, 0.01) ? "met" : "missed");
        });
    }

    private static Target atMostMillis(String text, String benchmark, double limit) {
        return new Target(text, all -> {
            Results results = all.get(benchmark);
            if (results == null)
                return Verdict.NONE;
            double without = results.row("without", "").median();
            double more = results.row("with", "").median() - without;
            double noise = results.noise("");
            boolean noisy = isNoisy(noise, (more - limit) / without);
            return new Verdict(String.format(Locale.ROOT, "%+.1f ms", more), noise,
                noisy ? "too noisy" : more <= limit ? "met" : "missed");
        });
    }

    private static Target aheadOfJunixsocket() {
        return new Target("ahead of junixsocket on every line", all -> {
            int lines = 0;
            List<String> behind = new ArrayList<>();
            List<String> untold = new ArrayList<>();
            for (Results results : all.values())
                for (Results.Row other : results.rows) {
                    Results.Row own = results.row("niovsock", other.param());
                    if (!other.implementation().equals("junixsocket") || other.cannot() != null || own == null)
                        continue;
                    lines++;
                    double cost = results.lowerIsBetter ? own.median() / other.median() : other.median() / own.median();
                    String name = (results.benchmark + " " + other.param()).strip();
                    if (own.median() == other.median() || Math.abs(cost - 1) < results.noise(other.param()))
                        untold.add(name);
                    else if (cost > 1 || Double.isNaN(cost))
                        behind.add(String.format(Locale.ROOT, "%s (%.2f)", name, cost));
                }
            if (lines == 0)
                return Verdict.NONE;
            String measured = (lines - behind.size() - untold.size()) + " of " + lines
                + (behind.isEmpty() ? "" : "; behind: " + String.join(", ", behind))
                + (untold.isEmpty() ? "" : "; level: " + String.join(", ", untold));
            return new Verdict(measured, Double.NaN, behind.isEmpty() ? "met" : "missed");
        });
    }
}
