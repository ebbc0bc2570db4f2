// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The open sockets of this process, from {@code /proc/self/fd}. It includes pipes, since a closed channel replaces its
 * socket by one while a thread or a selector still uses the number.
 */
public final class OpenSockets {
    private OpenSockets() { }

    /** The numbers, each with the identity of its socket, such as {@code socket:[4711]}. */
    public static TreeMap<Integer, String> now() {
        TreeMap<Integer, String> sockets = new TreeMap<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                String target = targetOf(descriptor);
                if (target.startsWith("socket:") || target.startsWith("pipe:"))
                    sockets.put(Integer.valueOf(descriptor.getFileName().toString()), target);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sockets;
    }

    private static String targetOf(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException closedMeanwhile) {
            return "";
        }
    }

    /** Waits until every new socket is closed. */
    public static void awaitNoneBut(TreeMap<Integer, String> before) {
        Await.until(() -> "sockets leaked (descriptor=socket): " + leaked(before), () -> {
            if (leaked(before).isEmpty())
                return true;
            System.gc(); // a cleaner closes some of the JDK's own
            return false;
        });
    }

    private static TreeMap<Integer, String> leaked(TreeMap<Integer, String> before) {
        TreeMap<Integer, String> leaked = now();
        List<String> expected = new ArrayList<>(before.values()); // a list: numbers can share a marker
        leaked.values().removeIf(expected::remove);
        return leaked;
    }
}
