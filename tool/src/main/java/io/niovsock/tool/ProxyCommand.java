// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockPeers;
import io.niovsock.tool.net.Endpoint;
import io.niovsock.tool.proxy.Proxy;
import io.niovsock.tool.proxy.Rule;
import io.niovsock.tool.proxy.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Passes connections on between vsock, TCP and Unix sockets. */
@Command(name = "proxy", description = {
    "Passes connections on between vsock, TCP and Unix sockets, until SIGTERM or SIGINT.",
    "",
    "A rule is LISTEN=TARGET, two endpoints: vsock:CID:PORT, tcp:HOST:PORT, tcp:PORT (loopback), tcp:any:PORT "
        + "(to listen at every address), unix:PATH. For instance: vsock:any:5000=tcp:localhost:8080",
    "",
    "SIGUSR1 prints the counters of each rule." })
final class ProxyCommand implements Callable<Integer> {
    private static final int MAX_BACKLOG = 65535;
    private static final int BUFFER_SIZE = 128 << 10;
    private static final long BUFFER_MEMORY = 64L << 20;
    private static final int MAX_THREADS = 64;
    private static final int USUAL_THREADS = 2;

    @ParentCommand
    private Tool tool;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "RULE", converter = RuleConverter.class, description = "LISTEN=TARGET")
    private List<Rule> rules;

    @Option(names = "--max-connections", paramLabel = "N", description = "The most connections at a time, of all rules "
        + "together; further ones wait in the backlog. Default: what the limit of descriptors (ulimit -n) allows.")
    private Integer maxConnections;

    @Option(names = "--drain", paramLabel = "SECONDS", defaultValue = "5", description = "After SIGTERM, connections "
        + "have this time to come to their end. Default: ${DEFAULT-VALUE}. A second signal ends it.")
    private double drain;

    @Option(names = "--stats", paramLabel = "SECONDS", description = "Print the counters this often.")
    private Double stats;

    @Option(names = "--json", description = "Print the counters as JSON, an object for each line.")
    private boolean json;

    @Option(names = "--connect-timeout", paramLabel = "SECONDS", defaultValue = "10",
        description = "After this time a target counts as unreachable. Default: ${DEFAULT-VALUE}.")
    private double connectTimeout;

    @Option(names = "--from", paramLabel = "PEERS", converter = PeersConverter.class,
        description = "Accept only these vsock peers, for all rules: "
            + "local, host, guests, CIDs and ranges of them, such as host,42,100-199. Default: everyone.")
    private VsockPeers from;

    @Option(names = "--unix-mode", paramLabel = "OCTAL", converter = ModeConverter.class,
        description = "The mode of the files of Unix sockets, such as 660. Default: the umask's.")
    private Mode mode;

    @Option(names = "--backlog", paramLabel = "N", defaultValue = "4096", description = "How many connections may wait "
        + "to be accepted, for each rule, within the kernel's limit. Default: ${DEFAULT-VALUE}.")
    private int backlog;

    @Option(names = "--threads", paramLabel = "N", description = "How many threads pass bytes on. Default: 2, or 1 on "
        + "a machine with one processor.")
    private Integer threads;

    @Option(names = { "-v", "--verbose" }, description = "Print what ends single connections.")
    private boolean verbose;

    /** Reads a rule. */
    private static final class RuleConverter implements ITypeConverter<Rule> {
        @Override
        public Rule convert(String text) {
            try {
                return Rule.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** The mode of a file. A set would be an option with several values. */
    private record Mode(Set<PosixFilePermission> permissions) { }

    /** Reads the mode of a file. */
    private static final class ModeConverter implements ITypeConverter<Mode> {
        private static final String LETTERS = "rwxrwxrwx";

        @Override
        public Mode convert(String text) {
            if (!text.matches("0?[0-7]{3}"))
                throw new TypeConversionException('\'' + text + "' is no mode: expected three octal digits, "
                    + "such as 660");
            int bits = Integer.parseInt(text, 8);
            StringBuilder letters = new StringBuilder(LETTERS);
            for (int i = 0; i < LETTERS.length(); i++)
                if ((bits >> LETTERS.length() - 1 - i & 1) == 0)
                    letters.setCharAt(i, '-');
            return new Mode(PosixFilePermissions.fromString(letters.toString()));
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Settings settings = settings();
        Duration drainTime = Checks.seconds(spec, "--drain", drain);
        long statsMillis = stats == null ? 0 : Checks.seconds(spec, "--stats", stats).toMillis();
        Checks.require(stats == null || statsMillis > 0, spec, "--stats: expected 0.001 seconds or more");
        Undelivered lines = new Undelivered();
        try (Proxy proxy = Proxy.start(rules, settings, lines::say, verbose)) {
            Thread cleaner = new Thread(proxy::close, "proxy-cleaner"); // the files of Unix sockets, if the JVM ends
            Runtime.getRuntime().addShutdownHook(cleaner);
            CountDownLatch ended = new CountDownLatch(1);
            handleSignals(proxy, drainTime, lines);
            announce(proxy, lines);
            if (stats != null)
                printRegularly(proxy, statsMillis, ended);
            proxy.join();
            ended.countDown();
            if (stats != null)
                print(proxy);
            Runtime.getRuntime().removeShutdownHook(cleaner);
        }
        return lines.isAny() ? Tool.FAILURE : Tool.SUCCESS;
    }

    /** The lines for the operator. Remembers if one of them told of bytes that were not delivered. */
    private static final class Undelivered {
        private volatile boolean any;

        void say(String line) {
            if (line.contains("were not delivered"))
                any = true;
            System.err.println(Tool.NAME + ": " + line);
        }

        boolean isAny() {
            return any;
        }
    }

    private Settings settings() throws IOException {
        if (threads == null)
            threads = Math.min(USUAL_THREADS, Runtime.getRuntime().availableProcessors());
        Checks.range(spec, "--threads", 1, MAX_THREADS, threads);
        Checks.range(spec, "--backlog", 1, MAX_BACKLOG, backlog);
        Duration timeout = Checks.seconds(spec, "--connect-timeout", connectTimeout);
        for (Rule rule : rules)
            Checks.require(from == null || rule.listen().kind() == Endpoint.Kind.VSOCK, spec, "--from: only vsock has "
                + "CIDs, so a rule cannot listen at " + rule.listen());
        return new Settings(threads, Descriptors.pipes(), mostConnections(), BUFFER_SIZE, BUFFER_MEMORY, backlog,
            timeout, mode == null ? null : mode.permissions(), from);
    }

    private int mostConnections() throws IOException {
        int possible = Descriptors.connections() - rules.size();
        if (maxConnections == null)
            return Math.max(1, possible);
        Checks.atLeast(spec, "--max-connections", 1, maxConnections);
        if (maxConnections <= possible)
            return maxConnections;
        System.err.println(Tool.NAME + ": --max-connections " + maxConnections + ": the limit of descriptors, "
            + Descriptors.limit() + ", is enough for " + possible + "; raise it with ulimit -n (systemd: "
            + "LimitNOFILE=)");
        return Math.max(1, possible);
    }

    private void announce(Proxy proxy, Undelivered lines) {
        List<String> listening = proxy.listening();
        for (int i = 0; i < rules.size(); i++)
            lines.say("listening at " + listening.get(i) + ", for " + rules.get(i).target());
    }

    private void handleSignals(Proxy proxy, Duration drainTime, Undelivered lines) {
        AtomicBoolean stopping = new AtomicBoolean();
        Runnable stop = () -> {
            if (!stopping.compareAndSet(false, true)) {
                proxy.endConnections();
                return;
            }
            lines.say("stopping: " + proxy.connections() + " connections have " + drain + " s to end");
            proxy.stop(drainTime);
        };
        Signals.handle("TERM", stop);
        Signals.handle("INT", stop);
        Signals.handle("USR1", () -> print(proxy));
    }

    private void printRegularly(Proxy proxy, long millis, CountDownLatch ended) {
        Thread printer = new Thread(() -> {
            try {
                while (!ended.await(millis, TimeUnit.MILLISECONDS))
                    print(proxy);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "proxy-stats");
        printer.setDaemon(true);
        printer.start();
    }

    /** Prints the counters. A proxy does not end because its counters cannot be printed. */
    private synchronized void print(Proxy proxy) {
        try {
            for (Rule.Counts counts : proxy.counts())
                tool.output().println(json ? Json.of(map(counts)) : counts.toString());
            tool.output().flush();
        } catch (IOException e) {
            System.err.println(Tool.NAME + ": cannot print the counters: " + e.getMessage());
        }
    }

    private static Map<String, Object> map(Rule.Counts counts) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("rule", counts.rule());
        map.put("accepted", counts.accepted());
        map.put("open", counts.open());
        map.put("unreachable", counts.failed());
        map.put("broken", counts.broken());
        map.put("bytesToTarget", counts.bytesToTarget());
        map.put("bytesBack", counts.bytesToClient());
        return map;
    }
}
