package vsocktest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Descriptors that a test leaves open. */
public final class Leaks {
    private Leaks() { }

    /**
     * Runs the test twice: what a JVM opens once and keeps (classes, the descriptor for closed channels, pollers) is there
     * after the first time, and nothing more may be after the second.
     */
    public static void check(Check.Operation test) throws Exception {
        test.run();
        List<String> before = open();
        test.run();
        // the JVM closes in its own threads too, and a child's pipes when it has been reaped
        Limit.await(() -> open().size() <= before.size(), () -> "no descriptor is left open; before " + before + ", after " + open());
    }

    /** Sockets, pipes, epoll instances and the like: not files. */
    private static List<String> open() {
        List<String> open = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                String target = target(descriptor);
                if (!target.startsWith("/"))
                    open.add(descriptor.getFileName() + "=" + target);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return open;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "/closed in the meantime";
        }
    }
}
