// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.names;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The names that the file of host names has for CIDs: {@code /etc/hosts}, or the file that the JDK reads in its place.
 * A line for a CID has a mapped address, and the first name after it counts. If several lines have the CID, the first
 * counts. A mapped address with the high bits of a port is not that of a machine, and has no name here.
 *
 * <p> The file is read once, for the first mapped address of this JVM. A file that cannot be read, or is not a regular
 * file, has no names.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/hosts.5.html">hosts(5)</a>
 */
public final class HostsFile {
    /** The property is the JDK's. */
    private static final String PROPERTY = "jdk.net.hosts.file";
    private static final String DEFAULT = "/etc/hosts";

    /** Names beyond this are not found. Long lists of blocked hosts have about a third of it. */
    private static final int MAX_BYTES = 16 << 20;

    private static final String FIRST_GROUP = "ff11:"; // in every spelling of the prefix, except for capitals

    private static final Map<Long, String> NAMES = namesOrNone();

    private HostsFile() { }

    /** The name of a CID, or null if the file has none. */
    public static String nameOf(long cid) {
        return NAMES.isEmpty() ? null : NAMES.get(cid);
    }

    private static Map<Long, String> namesOrNone() {
        try {
            Path file = Path.of(System.getProperty(PROPERTY, DEFAULT));
            return Files.isRegularFile(file) ? read(file) : Map.of();
        } catch (IOException | RuntimeException e) { // not readable, not a path: addresses have their literals
            return Map.of();
        }
    }

    private static Map<Long, String> read(Path file) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES);
        }
        Map<Long, String> names = new HashMap<>();
        BufferedReader lines = new BufferedReader(new InputStreamReader(new ByteArrayInputStream(bytes),
            StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine())
            addLine(names, line.strip());
        return names;
    }

    /** Adds the name of a line that begins with a mapped address, and ignores other lines. */
    private static void addLine(Map<Long, String> names, String line) {
        if (!line.regionMatches(true, 0, FIRST_GROUP, 0, FIRST_GROUP.length()))
            return;
        int comment = line.indexOf('#');
        String[] words = (comment < 0 ? line : line.substring(0, comment)).split("\\s+", 3);
        if (words.length < 2 || words[1].isEmpty())
            return;
        byte[] address = bytes(words[0]);
        if (address != null && MappedForm.is(address) && MappedForm.highPort(address) == 0)
            names.putIfAbsent(MappedForm.cid(address), words[1]);
    }

    /** The bytes of an IPv6 literal, which may have a zone; null for another text. */
    private static byte[] bytes(String literal) {
        int zone = literal.indexOf('%');
        try {
            return IpLiteral.parse("[" + (zone < 0 ? literal : literal.substring(0, zone)) + "]").getAddress();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
