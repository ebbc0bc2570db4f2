// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the kernel reports of itself and of this process, in /proc. */
final class KernelFacts {
    private static final Path RELEASE = Path.of("/proc/sys/kernel/osrelease");
    private static final Path SYSCTLS = Path.of("/proc/sys/net/vsock");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final String UNKNOWN = "unknown";
    private static final int MANY_FILES = 4096;

    private static final Pattern OPEN_FILES = Pattern.compile("Max open files +(\\S+) +(\\S+).*");

    private KernelFacts() { }

    static List<Fact> all() {
        List<Fact> facts = new ArrayList<>();
        facts.add(release());
        for (KernelModule module : KernelModule.values())
            facts.add(module.fact());
        facts.addAll(sysctls());
        facts.add(seccomp());
        facts.add(openFiles());
        return facts;
    }

    private static Fact release() {
        return Fact.ok("kernel", System.getProperty("os.name") + ' ' + firstLine(RELEASE) + " on "
            + System.getProperty("os.arch"));
    }

    /** Before these settings, vsock did not heed network namespaces. */
    private static List<Fact> sysctls() {
        List<Fact> facts = new ArrayList<>();
        for (Path file : filesIn(SYSCTLS)) {
            String name = "net.vsock." + file.getFileName();
            String value = firstLine(file);
            facts.add(file.endsWith("ns_mode") && value.equals("local") ? Fact.note(name, value,
                "this network namespace has its own CIDs, and reaches no socket of another namespace: start both ends"
                    + " in one namespace, or in namespaces whose mode is global") : Fact.ok(name, value));
        }
        return !facts.isEmpty() ? facts : List.of(Fact.ok("net.vsock",
            "this kernel has no such settings: vsock is the same in all network namespaces"));
    }

    private static Fact seccomp() {
        String mode = field("Seccomp");
        return switch (mode) {
            case "0" -> Fact.ok("seccomp", "this process is not filtered");
            case "2" -> Fact.note("seccomp", "this process is filtered (filters: " + field("Seccomp_filters") + ')',
                "if `sockets of that family` is `no (Operation not permitted)`, the filter is the cause");
            default -> Fact.ok("seccomp", mode);
        };
    }

    private static String field(String name) {
        for (String line : lines(STATUS))
            if (line.startsWith(name + ':'))
                return line.substring(name.length() + 1).strip();
        return UNKNOWN;
    }

    private static Fact openFiles() {
        for (String line : lines(LIMITS)) {
            Matcher limit = OPEN_FILES.matcher(line);
            if (limit.matches())
                return openFiles(limit.group(1), "soft limit " + limit.group(1) + ", hard limit " + limit.group(2));
        }
        return Fact.ok("open files", UNKNOWN);
    }

    private static Fact openFiles(String soft, String answer) {
        boolean few = soft.matches("\\d{1,9}") && Integer.parseInt(soft) < MANY_FILES;
        return few ? Fact.note("open files", answer, "each connection takes a descriptor: ulimit -n, or LimitNOFILE=")
            : Fact.ok("open files", answer);
    }

    private static String firstLine(Path file) {
        return lines(file).stream().findFirst().orElse(UNKNOWN);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static List<Path> filesIn(Path folder) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            entries.forEach(files::add);
        } catch (IOException e) {
            return List.of();
        }
        Collections.sort(files);
        return files;
    }
}
