// SPDX-License-Identifier: Apache-2.0
package io.niovsock.architecture;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Each room of the library uses only rooms below it. A room is a package of {@code io.niovsock.internal}. The public
 * package is two rooms: the values that a program holds, and the doors that it calls first. {@code jdeps} reads the
 * dependencies from the compiled classes.
 */
class RoomsTest {
    /** The lowest first. */
    private static final List<String> ORDER = List.of("natives", "jdk", "values", "options", "adaptor", "address",
        "net", "transport", "channel", "deferred", "provider", "doors", "agent");

    private static final Set<String> VALUES = Set.of("VsockSocketAddress", "VsockSocketOptions", "VsockProtocolFamily");

    private static final Pattern ARROW = Pattern.compile("\\s+(io\\.niovsock\\.\\S+)\\s+-> (io\\.niovsock\\.\\S+).*");
    private static final Pattern INTERNAL = Pattern.compile("io\\.niovsock\\.internal\\.(\\w+)\\..*");

    @Test
    void eachRoomUsesOnlyRoomsBelowIt() {
        List<String> upwards = new ArrayList<>();
        int arrows = 0;
        for (String line : dependencies().lines().toList()) {
            Matcher arrow = ARROW.matcher(line);
            if (!arrow.matches())
                continue;
            arrows++;
            String from = roomOf(arrow.group(1));
            String to = roomOf(arrow.group(2));
            if (ORDER.indexOf(to) > ORDER.indexOf(from))
                upwards.add(from + " -> " + to + ": " + arrow.group(1) + " -> " + arrow.group(2));
        }
        assertEquals(List.of(), upwards, "arrows that point upwards");
        assertTrue(arrows > 100, "jdeps has told of only " + arrows + " arrows");
    }

    private static String dependencies() {
        ToolProvider jdeps = ToolProvider.findFirst("jdeps")
            .orElseThrow(() -> Skip.because("no jdeps: run on a JDK, not a JRE"));
        StringWriter out = new StringWriter();
        StringWriter errors = new StringWriter();
        String library = ChildJvm.folderOf(VsockSelectorProvider.class).toString();
        int status = jdeps.run(new PrintWriter(out, true), new PrintWriter(errors, true),
            "-verbose:class", "--multi-release", "base", "--class-path", library, library);
        assertEquals(0, status, errors::toString);
        return out.toString();
    }

    private static String roomOf(String className) {
        Matcher internal = INTERNAL.matcher(className);
        String room = internal.matches() ? internal.group(1)
            : VALUES.contains(className.split("[.$]")[2]) ? "values" : "doors";
        assertTrue(ORDER.contains(room), () -> "the room " + room + " of " + className + " has no place in the order");
        return room;
    }
}
