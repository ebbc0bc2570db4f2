package io.niovsock.internal.transport;

/** The numbers in the release of a Linux kernel, for what a kernel cannot be asked for otherwise. */
public final class LinuxRelease {
    private LinuxRelease() { }

    /** Whether a release, such as {@code 6.1.0-56-amd64}, is the given one or later. */
    public static boolean isAtLeast(String release, int major, int minor) {
        int dot = digits(release, 0);
        int end = digits(release, dot + 1);
        if (dot == 0 || end <= dot + 1)
            return false; // not of that form
        int itsMajor = Integer.parseInt(release.substring(0, dot));
        return itsMajor > major || itsMajor == major && Integer.parseInt(release.substring(dot + 1, end)) >= minor;
    }

    /** Where the digits end that start here. */
    private static int digits(String text, int start) {
        int end = start;
        while (end < text.length() && Character.isDigit(text.charAt(end)))
            end++;
        return end;
    }
}
