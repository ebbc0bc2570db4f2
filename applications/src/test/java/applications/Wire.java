// SPDX-License-Identifier: Apache-2.0
package applications;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The kinds of this process's sockets, from the kernel's own tables, and so independent of the library. */
final class Wire {
    private static final String EXPECTED = System.getProperty("applications.transport", "tcp");

    private Wire() { }

    /**
     * Checks that at least {@code atLeast} sockets are of the transport of this run, and, unless that is TCP, that none
     * is TCP. {@code /proc} has no table of the kernel's vsock: its sockets are those that no other table has.
     */
    static void assertExpected(int atLeast) {
        Set<String> tcp = inodesIn("/proc/self/net/tcp", 9, "");
        tcp.addAll(inodesIn("/proc/self/net/tcp6", 9, ""));
        Set<String> unix = inodesIn("/proc/self/net/unix", 6, "");
        Set<String> emulated = inodesIn("/proc/self/net/unix", 6, "@niovsock/");

        Set<String> own = new HashSet<>(descriptors().values());
        own.removeIf(target -> !target.startsWith("socket:["));
        Set<String> kernel = new HashSet<>(own);
        kernel.removeAll(tcp);
        kernel.removeAll(unix);
        tcp.retainAll(own);
        emulated.retainAll(own);

        String found = tcp.size() + " TCP, " + emulated.size() + " emulated, " + kernel.size()
            + " neither TCP nor Unix";
        int ofThisRun = switch (EXPECTED) {
            case "tcp" -> tcp.size();
            case "emulated" -> emulated.size();
            case "kernel" -> kernel.size();
            default -> throw new IllegalArgumentException("-Dapplications.transport=" + EXPECTED);
        };
        assertTrue(ofThisRun >= atLeast, () -> "sockets: " + found + "; expected of " + EXPECTED + ": " + atLeast);
        if (!EXPECTED.equals("tcp"))
            assertEquals(0, tcp.size(), () -> "sockets: " + found);
    }

    /** The sockets in those lines of a table that contain the text, as {@code /proc/self/fd} writes them. */
    private static Set<String> inodesIn(String table, int column, String text) {
        Set<String> inodes = new TreeSet<>();
        try (Stream<String> lines = Files.lines(Path.of(table))) {
            lines.skip(1).filter(line -> line.contains(text))
                .forEach(line -> inodes.add("socket:[" + line.strip().split("\\s+")[column] + "]"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return inodes;
    }

    /** The descriptors of this process, with the kernel's description of each. */
    static TreeMap<Integer, String> descriptors() {
        TreeMap<Integer, String> targets = new TreeMap<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    targets.put(Integer.valueOf(descriptor.getFileName().toString()),
                        Files.readSymbolicLink(descriptor).toString());
                } catch (NoSuchFileException closedMeanwhile) {
                    continue;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return targets;
    }
}
