// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.names;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Parses IP addresses, and never a name: four decimal numbers without leading zeros, or an IPv6 address in brackets,
 * without a zone. {@code InetAddress.getByName} would ask the name service for text that it cannot parse, such as
 * 10.0.0.999.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4291#section-2.2">RFC 4291, text representation</a>
 */
public final class IpLiteral {
    private static final int MAX_LENGTH = "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]".length();
    private static final int IPV6_LENGTH = 16;
    private static final Pattern OCTET = Pattern.compile("25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]");
    private static final Pattern GROUP = Pattern.compile("[0-9a-fA-F]{1,4}");

    private IpLiteral() { }

    /** @throws IllegalArgumentException if the text is not such a literal */
    public static InetAddress parse(String text) {
        byte[] bytes = text.length() > MAX_LENGTH ? null
            : text.startsWith("[") && text.endsWith("]") ? ipv6(text.substring(1, text.length() - 1))
            : ipv4(text);
        if (bytes == null)
            throw new IllegalArgumentException("'" + text
                + "' is neither an IPv4 literal nor an IPv6 literal in brackets");
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are an IP address", e);
        }
    }

    /** The bytes of four numbers, or null. */
    private static byte[] ipv4(String text) {
        String[] octets = text.split("\\.", -1);
        byte[] bytes = new byte[4];
        if (octets.length != bytes.length)
            return null;
        for (int i = 0; i < bytes.length; i++) {
            if (!OCTET.matcher(octets[i]).matches())
                return null;
            bytes[i] = (byte) Integer.parseInt(octets[i]);
        }
        return bytes;
    }

    /** The bytes of eight groups, or null. Two colons replace one or more groups of zeros. */
    private static byte[] ipv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte[] bytes = groups(text);
            return bytes != null && bytes.length == IPV6_LENGTH ? bytes : null;
        }
        byte[] before = groups(text.substring(0, gap));
        byte[] after = groups(text.substring(gap + 2));
        boolean ipv4BeforeGap = text.lastIndexOf('.', gap) >= 0;
        if (before == null || after == null || ipv4BeforeGap || before.length + after.length > IPV6_LENGTH - 2)
            return null;
        byte[] bytes = Arrays.copyOf(before, IPV6_LENGTH);
        System.arraycopy(after, 0, bytes, IPV6_LENGTH - after.length, after.length);
        return bytes;
    }

    /** The bytes of 16-bit groups separated by colons, or null. The last group may be an IPv4 address. */
    private static byte[] groups(String text) {
        if (text.isEmpty())
            return new byte[0];
        String[] groups = text.split(":", -1);
        byte[] bytes = new byte[2 * groups.length];
        for (int i = 0; i < groups.length; i++) {
            if (i == groups.length - 1 && groups[i].indexOf('.') >= 0) {
                byte[] ipv4 = ipv4(groups[i]);
                if (ipv4 == null)
                    return null;
                bytes = Arrays.copyOf(bytes, bytes.length + 2);
                System.arraycopy(ipv4, 0, bytes, 2 * i, ipv4.length);
            } else if (GROUP.matcher(groups[i]).matches()) {
                int group = Integer.parseInt(groups[i], 16);
                bytes[2 * i] = (byte) (group >>> 8);
                bytes[2 * i + 1] = (byte) group;
            } else {
                return null;
            }
        }
        return bytes;
    }
}
