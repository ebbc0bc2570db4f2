// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * A set of machines, by their CIDs: the peers that a listener accepts, for {@link VsockSocketOptions#ACCEPT_FROM}.
 * Immutable, and so safe for use by several threads.
 *
 * <p> The set is never empty. A listener that is to accept no peer is better closed; and an empty text is mostly a
 * variable that was not set.
 *
 * @since 0.1
 */
public final class VsockPeers {
    private static final long MAX_CID = VsockSocketAddress.CID_ANY - 1;
    private static final long FIRST_GUEST = VsockSocketAddress.CID_HOST + 1;

    /** Every peer. */
    public static final VsockPeers ANY = new VsockPeers(List.of(new Range(0, VsockSocketAddress.CID_ANY)));

    /** This machine, by loopback: {@link VsockSocketAddress#CID_LOCAL}. */
    public static final VsockPeers LOCAL = of(VsockSocketAddress.CID_LOCAL);

    /** The host: {@link VsockSocketAddress#CID_HOST}. */
    public static final VsockPeers HOST = of(VsockSocketAddress.CID_HOST);

    /** Every virtual machine: the CIDs from 3 to 2^32-2. */
    public static final VsockPeers GUESTS = new VsockPeers(List.of(new Range(FIRST_GUEST, MAX_CID)));

    private static final String SYNTAX =
        "expected any, local, host, guests, hypervisor, a CID or a range of CIDs such as 100-199";

    private record Range(long first, long last) {
        boolean reaches(Range next) {
            return next.first <= last + 1;
        }

        Range joined(Range next) {
            return new Range(first, Math.max(last, next.last));
        }
    }

    /** First and last CID of each range, ascending, with a gap before each range. */
    private final long[] bounds;

    private VsockPeers(Collection<Range> ranges) {
        List<Range> joined = new ArrayList<>();
        ranges.stream().sorted((a, b) -> Long.compare(a.first, b.first)).forEach(range -> {
            int end = joined.size() - 1;
            if (end >= 0 && joined.get(end).reaches(range))
                joined.set(end, joined.get(end).joined(range));
            else
                joined.add(range);
        });
        bounds = new long[2 * joined.size()];
        for (int i = 0; i < joined.size(); i++) {
            bounds[2 * i] = joined.get(i).first;
            bounds[2 * i + 1] = joined.get(i).last;
        }
    }

    /**
     * Returns the set of some machines.
     *
     * @param cids the CIDs, each 0 to 2^32-2
     * @return the set
     * @throws IllegalArgumentException if there is none, or one is out of range
     */
    public static VsockPeers of(long... cids) {
        if (cids.length == 0)
            throw new IllegalArgumentException("no CID");
        List<Range> ranges = new ArrayList<>();
        for (long cid : cids) {
            if (cid < 0 || cid > MAX_CID)
                throw new IllegalArgumentException("cid=" + cid + " is out of range: 0 to " + MAX_CID);
            ranges.add(new Range(cid, cid));
        }
        return new VsockPeers(ranges);
    }

    /**
     * Reads a set: a list, separated by commas, of {@code any}, {@code local}, {@code host}, {@code guests},
     * {@code hypervisor}, decimal CIDs from 0 to 2^32-2, and ranges of them such as {@code 100-199}. Spaces are allowed
     * around commas and at both ends. Signs, capitals and leading zeros are not allowed. The text of
     * {@link #toString()} is read back as an equal set.
     *
     * @param text the list
     * @return the set
     * @throws IllegalArgumentException if the text has another form, or a CID is out of range; the message has the item
     *     and its position
     * @throws NullPointerException if the text is null
     */
    public static VsockPeers parse(String text) {
        String[] items = Objects.requireNonNull(text, "text").split(",", -1);
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < items.length; i++) {
            try {
                ranges.addAll(parseItem(items[i].strip()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("not a set of vsock peers: '" + text + "': item " + (i + 1) + " '"
                    + items[i].strip() + "': " + e.getMessage(), e);
            }
        }
        return new VsockPeers(ranges);
    }

    private static List<Range> parseItem(String item) {
        return switch (item) {
            case "any" -> ANY.ranges();
            case "local" -> LOCAL.ranges();
            case "host" -> HOST.ranges();
            case "guests" -> GUESTS.ranges();
            case "hypervisor" -> of(VsockSocketAddress.CID_HYPERVISOR).ranges();
            default -> List.of(parseRange(item));
        };
    }

    private static Range parseRange(String item) {
        int dash = item.indexOf('-');
        Range range = dash < 0 ? new Range(parseCid(item), parseCid(item))
            : new Range(parseCid(item.substring(0, dash)), parseCid(item.substring(dash + 1)));
        if (range.first > range.last)
            throw new IllegalArgumentException("the first CID is beyond the last");
        return range;
    }

    private static long parseCid(String digits) {
        if (!digits.matches("0|[1-9][0-9]*"))
            throw new IllegalArgumentException(SYNTAX);
        if (digits.length() > Long.toString(MAX_CID).length() || Long.parseLong(digits) > MAX_CID)
            throw new IllegalArgumentException("CID " + digits + " is out of range: 0 to " + MAX_CID);
        return Long.parseLong(digits);
    }

    private List<Range> ranges() {
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < bounds.length; i += 2)
            ranges.add(new Range(bounds[i], bounds[i + 1]));
        return ranges;
    }

    /**
     * Returns whether a machine is in the set.
     *
     * @param cid any number; the CID of an unknown machine, {@link VsockSocketAddress#CID_ANY}, is in {@link #ANY} only
     * @return whether it is the CID of a machine of the set
     */
    public boolean contains(long cid) {
        int at = Arrays.binarySearch(bounds, cid);
        return at >= 0 || (at & 1) == 0; // -1 - at, the number of bounds below it, is odd within a range
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VsockPeers peers && Arrays.equals(bounds, peers.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    /**
     * {@return the set in the form that {@link #parse} reads} Equal sets have the same text: ascending, each CID once,
     * by name where there is one.
     */
    @Override
    public String toString() {
        if (contains(VsockSocketAddress.CID_ANY))
            return "any";
        List<String> items = new ArrayList<>();
        if (contains(VsockSocketAddress.CID_HYPERVISOR))
            items.add("hypervisor");
        if (contains(VsockSocketAddress.CID_LOCAL))
            items.add("local");
        if (contains(VsockSocketAddress.CID_HOST))
            items.add("host");
        for (Range range : ranges())
            if (range.last >= FIRST_GUEST)
                items.add(ofGuests(Math.max(range.first, FIRST_GUEST), range.last));
        return String.join(",", items);
    }

    private static String ofGuests(long first, long last) {
        return first == last ? Long.toString(first)
            : first == FIRST_GUEST && last == MAX_CID ? "guests"
            : first + "-" + last;
    }
}
