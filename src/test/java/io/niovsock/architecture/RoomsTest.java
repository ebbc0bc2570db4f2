// SPDX-License-Identifier: Apache-2.0
package io.niovsock.architecture;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.internal.tool.Launcher;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Each room of the library uses only rooms below it. A room is a package of {@code io.niovsock.internal}. The public
 * package is two rooms: the values that a program holds, and the doors that it calls first. {@code jdeps} reads the
 * dependencies from the compiled classes. The library names no class of the tool, which is an archive in its jar.
 */
class RoomsTest {
    /** The lowest first. */
    private static final List<String> ORDER = List.of("natives", "jdk", "names", "values", "options", "adaptor",
        "address", "trace", "monitor", "net", "transport", "channel", "deferred", "asynchronous", "provider", "doors",
        "agent", "tool");

    private static final Set<String> VALUES = Set.of("VsockSocketAddress", "VsockPeers", "VsockSocketOptions",
        "VsockProtocolFamily", "VsockMXBean");

    private static final Pattern ARROW = Pattern.compile("\\s+(io\\.niovsock\\.\\S+)\\s+-> (io\\.niovsock\\.\\S+).*");
    private static final Pattern OF_THE_TOOL = Pattern.compile("io\\.niovsock\\.tool\\..*");
    private static final Pattern INTERNAL = Pattern.compile("io\\.niovsock\\.internal\\.(\\w+)\\..*");

    @Test
    void eachRoomUsesOnlyRoomsBelowIt() {
        List<String> upwards = new ArrayList<>();
        List<Arrow> arrows = arrowsIn(ChildJvm.folderOf(VsockSelectorProvider.class));
        for (Arrow arrow : arrows) {
            String from = roomOf(arrow.from());
            String to = roomOf(arrow.to());
            if (ORDER.indexOf(to) > ORDER.indexOf(from))
                upwards.add(from + " -> " + to + ": " + arrow);
        }
        assertEquals(List.of(), upwards, "arrows that point upwards");
        assertTrue(arrows.size() > 100, "jdeps has told of only " + arrows.size() + " arrows");
    }

    /** The tool is a program like others, but for the room that starts it. */
    @Test
    void theToolUsesThePublicPackageAndItsOwnRoom(@TempDir Path folder) throws IOException {
        Path tool = folder.resolve("tool.jar");
        try (InputStream archive = Launcher.class.getResourceAsStream("/META-INF/nio-vsock/tool.jar")) {
            Files.copy(archive, tool);
        }
        List<Arrow> arrows = arrowsIn(tool).stream().filter(arrow -> !isOfTheTool(arrow.to())).toList();
        assertFalse(arrows.isEmpty(), "jdeps has told of no arrow");
        for (Arrow arrow : arrows)
            assertTrue(Set.of("values", "doors", "tool").contains(roomOf(arrow.to())), arrow::toString);
    }

    private record Arrow(String from, String to) { }

    private static boolean isOfTheTool(String className) {
        return OF_THE_TOOL.matcher(className).matches();
    }

    private static List<Arrow> arrowsIn(Path classes) {
        return dependencies(classes).lines().map(ARROW::matcher).filter(Matcher::matches)
            .map(arrow -> new Arrow(arrow.group(1), arrow.group(2))).toList();
    }

    private static String dependencies(Path classes) {
        ToolProvider jdeps = ToolProvider.findFirst("jdeps")
            .orElseThrow(() -> Skip.because("no jdeps: run on a JDK, not a JRE"));
        StringWriter out = new StringWriter();
        StringWriter errors = new StringWriter();
        String library = ChildJvm.folderOf(VsockSelectorProvider.class).toString();
        int status = jdeps.run(new PrintWriter(out, true), new PrintWriter(errors, true),
            "-verbose:class", "--multi-release", "base", "--class-path", library, classes.toString());
        assertEquals(0, status, errors::toString);
        return out.toString();
    }

    private static String roomOf(String className) {
        assertFalse(isOfTheTool(className), () -> className + " is not on the class path");
        Matcher internal = INTERNAL.matcher(className);
        String room = internal.matches() ? internal.group(1)
            : VALUES.contains(className.split("[.$]")[2]) ? "values" : "doors";
        assertTrue(ORDER.contains(room), () -> "the room " + room + " of " + className + " has no place in the order");
        return room;
    }
}
