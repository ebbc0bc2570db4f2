// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Descriptors that a test leaves open. */
public final class Leaks {
    private Leaks() { }

    /**
     * Runs the test twice. After the first run, everything is open that a JVM opens once and keeps (classes, the marker
     * for closed channels, pollers). After the second run, nothing more may be open.
     */
    public static void check(Check.Operation test) throws Exception {
        test.run();
        Map<Integer, String> before = open();
        test.run();
        // the JVM also closes in its own threads, and closes a child's pipes after reaping it
        Limit.await(() -> open().size() <= before.size(), () -> "no descriptor is left open: " + since(before));
    }

    /** Sockets, pipes, epoll instances and the like, by number: not files. */
    private static Map<Integer, String> open() {
        Map<Integer, String> open = new TreeMap<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                String target = target(descriptor);
                if (!target.startsWith("/"))
                    open.put(Integer.valueOf(descriptor.getFileName().toString()), target);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return open;
    }

    private static Map<Integer, String> since(Map<Integer, String> before) {
        Map<Integer, String> since = open();
        since.keySet().removeAll(before.keySet());
        return since;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "/closed in the meantime";
        }
    }
}
