// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

import io.niovsock.internal.names.IpLiteral;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * The IP addresses that begin with the same bits, such as {@code 10.1.0.0/16}; with all bits, one address. A prefix of
 * the wildcard address alone, or of no bits, has the wildcards of both IP versions.
 */
final class IpPrefix {
    private static final int IPV4_BITS = 32;
    private static final int IPV4_MAPPED_BITS = 96; // before the address in [::ffff:10.0.0.5], which is IPv4 in Java

    private final byte[] first;
    private final int length;

    private IpPrefix(byte[] first, int length) {
        this.first = first;
        this.length = length;
    }

    /** @throws IllegalArgumentException if the text is neither {@code IP} nor {@code IP/LENGTH} */
    static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        byte[] first = IpLiteral.parse(slash < 0 ? text : text.substring(0, slash)).getAddress();
        int bits = 8 * first.length;
        if (slash < 0)
            return new IpPrefix(first, bits);
        String digits = text.substring(slash + 1);
        int mapped = text.startsWith("[") && bits == IPV4_BITS ? IPV4_MAPPED_BITS : 0;
        if (!digits.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(digits) < mapped
            || Integer.parseInt(digits) > mapped + bits)
            throw new IllegalArgumentException("prefix length '" + digits + "' is out of range: " + mapped + " to "
                + (mapped + bits));
        IpPrefix prefix = new IpPrefix(first, Integer.parseInt(digits) - mapped);
        if (prefix.hostNumber(first).signum() != 0)
            throw new IllegalArgumentException("'" + text + "' has bits beyond its prefix: "
                + prefix.address(prefix.hostNumber(first).negate()).getHostAddress() + "/" + prefix.length
                + " has none");
        return prefix;
    }

    private int hostBits() {
        return 8 * first.length - length;
    }

    /** The bits of an address beyond the prefix, as a number. */
    private BigInteger hostNumber(byte[] address) {
        BigInteger mask = BigInteger.ONE.shiftLeft(hostBits()).subtract(BigInteger.ONE);
        return new BigInteger(1, address).and(mask);
    }

    /** The number of an address of this prefix; it is less than {@link #size}. */
    long hostNumber(InetAddress address) {
        return address.getAddress().length == first.length ? hostNumber(address.getAddress()).longValueExact() : 0;
    }

    BigInteger size() {
        return BigInteger.ONE.shiftLeft(hostBits());
    }

    boolean contains(InetAddress address) {
        if (address.isAnyLocalAddress() && (length == 0 || isWildcard()))
            return true;
        byte[] bytes = address.getAddress();
        return bytes.length == first.length
            && new BigInteger(1, bytes).subtract(hostNumber(bytes)).equals(new BigInteger(1, first));
    }

    private boolean isWildcard() {
        return hostBits() == 0 && Arrays.equals(first, new byte[first.length]);
    }

    /**
     * An address that stands for the whole prefix: the only one, or the first that is not the network's own; or null,
     * since the wildcard is not the address of any peer.
     */
    InetAddress representativeOrNull() {
        InetAddress address = address(hostBits() > 1 ? BigInteger.ONE : BigInteger.ZERO);
        return address.isAnyLocalAddress() ? null : address;
    }

    InetAddress address(BigInteger hostNumber) {
        byte[] number = new BigInteger(1, first).add(hostNumber).toByteArray(); // may have a sign, or few bytes
        byte[] bytes = new byte[first.length];
        int n = Math.min(number.length, bytes.length);
        System.arraycopy(number, number.length - n, bytes, bytes.length - n, n);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are an IP address", e);
        }
    }
}
