// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A process that has a descriptor of a socket.
 *
 * @param pid the number of the process
 * @param name its name, as the kernel knows it
 * @param fd the number of the descriptor
 */
record Holder(long pid, String name, int fd) {
    private static final Path PROC = Path.of("/proc");
    private static final String PREFIX = "socket:[";

    /** The processes that this user may look into, by the number of the socket. */
    static Map<Long, List<Holder>> bySocket() throws IOException {
        Map<Long, List<Holder>> holders = new HashMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes)
                add(process, holders);
        }
        return holders;
    }

    /** Another user's process cannot be looked into, and any process may end meanwhile. */
    private static void add(Path process, Map<Long, List<Holder>> holders) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                Long inode = inodeOrNull(descriptor);
                if (inode != null)
                    holders.computeIfAbsent(inode, key -> new ArrayList<>()).add(new Holder(
                        Long.parseLong(process.getFileName().toString()),
                        Files.readString(process.resolve("comm")).strip(),
                        Integer.parseInt(descriptor.getFileName().toString())));
            }
        } catch (IOException | DirectoryIteratorException e) {
            return;
        }
    }

    private static Long inodeOrNull(Path descriptor) {
        try {
            String file = Files.readSymbolicLink(descriptor).toString();
            return file.startsWith(PREFIX) ? Long.valueOf(file.substring(PREFIX.length(), file.length() - 1)) : null;
        } catch (IOException closedMeanwhile) {
            return null;
        }
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("pid", pid);
        map.put("name", name);
        map.put("fd", fd);
        return map;
    }

    @Override
    public String toString() {
        return name + '(' + pid + ") fd " + fd;
    }
}
