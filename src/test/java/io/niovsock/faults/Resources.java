// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a process holds: descriptors with the files that they stand for, direct buffers, and threads. */
record Resources(Map<Integer, String> descriptors, long buffers, Set<Thread> threads) {
    static Resources now() throws IOException {
        long buffers = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct")).mapToLong(BufferPoolMXBean::getCount).sum();
        return new Resources(openDescriptors(), buffers, Set.copyOf(Thread.getAllStackTraces().keySet()));
    }

    private static Map<Integer, String> openDescriptors() throws IOException {
        Map<Integer, String> open = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path entry : entries) {
                String target = targetOf(entry);
                if (!target.startsWith("/")) // files, also that of this very folder
                    open.put(Integer.valueOf(entry.getFileName().toString()), target);
            }
        }
        return open;
    }

    private static String targetOf(Path entry) throws IOException {
        try {
            return Files.readSymbolicLink(entry).toString();
        } catch (NoSuchFileException closedMeanwhile) {
            return "/";
        }
    }

    /** What is held now and was not held before, for people; empty: nothing. */
    String beyond(Resources before) {
        List<String> lines = new ArrayList<>();
        Map<Integer, String> more = new TreeMap<>(descriptors);
        List<String> known = new ArrayList<>(before.descriptors.values()); // a list: numbers can share a marker
        more.values().removeIf(known::remove);
        if (!more.isEmpty())
            lines.add("descriptors " + more);
        if (buffers > before.buffers)
            lines.add((buffers - before.buffers) + " direct buffers");
        List<String> started = threads.stream().filter(thread -> !before.threads.contains(thread))
            .map(Thread::getName).toList();
        if (!started.isEmpty())
            lines.add("threads " + started);
        return String.join(", ", lines);
    }
}
