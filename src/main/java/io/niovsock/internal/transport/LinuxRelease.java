// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

/** Compares releases of Linux, to find out what the kernel does not report otherwise. */
public final class LinuxRelease {
    private LinuxRelease() { }

    /** Whether a release, such as {@code 6.1.0-56-amd64}, is the given one or later. */
    public static boolean isAtLeast(String release, int major, int minor) {
        int dot = digits(release, 0);
        int end = digits(release, dot + 1);
        if (dot == 0 || end <= dot + 1)
            return false; // not a release number
        int itsMajor = Integer.parseInt(release.substring(0, dot));
        return itsMajor > major || itsMajor == major && Integer.parseInt(release.substring(dot + 1, end)) >= minor;
    }

    /** The end of the digits that begin at {@code start}. */
    private static int digits(String text, int start) {
        int end = start;
        while (end < text.length() && Character.isDigit(text.charAt(end)))
            end++;
        return end;
    }
}
