// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

/**
 * The ports of a rule, from the first to the last.
 *
 * @param first the first port
 * @param last the last port; it is at least the first
 */
record Ports(long first, long last) {
    Ports {
        if (first > last)
            throw new IllegalArgumentException("ports '" + first + "-" + last + "': the first is beyond the last");
    }

    /**
     * Reads {@code PORT[-PORT]}.
     *
     * @throws IllegalArgumentException if the text has another form, or a port is beyond the largest one
     */
    static Ports parse(String text, long largest) {
        int dash = text.indexOf('-');
        long first = parsePort(dash < 0 ? text : text.substring(0, dash), largest);
        return new Ports(first, dash < 0 ? first : parsePort(text.substring(dash + 1), largest));
    }

    private static long parsePort(String digits, long largest) {
        if (!digits.matches("0|[1-9][0-9]{0,9}") || Long.parseLong(digits) > largest)
            throw new IllegalArgumentException("port '" + digits + "' is out of range: 0 to " + largest);
        return Long.parseLong(digits);
    }

    boolean has(long port) {
        return port >= first && port <= last;
    }

    boolean hasAllOf(Ports others) {
        return has(others.first) && has(others.last);
    }

    boolean isOne() {
        return first == last;
    }
}
