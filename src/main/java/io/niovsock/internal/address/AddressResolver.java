// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;

/**
 * Decides which addresses are vsock. A {@link VsockSocketAddress} always is. Any other address is vsock only if the
 * user of the program has declared that: by a rule of {@link AddressRules}, or by allowing vsock-mapped Internet
 * addresses. The mapped form of an endpoint that a rule leads to is allowed, too, since a program may ask its own
 * listener for its address and connect to that. A DNS answer gains nothing by this: it could as well be the address in
 * the rule.
 */
public final class AddressResolver {
    private static final String MAPPED_PROPERTY = "io.niovsock.mapped";

    private AddressResolver() { }

    private static volatile AddressRules rules; // read lazily: a static initializer could report a failure only once

    private static AddressRules rules() {
        AddressRules read = rules;
        if (read == null)
            rules = read = AddressRules.ofUser();
        return read;
    }

    /**
     * Reads the rules.
     *
     * @throws IllegalArgumentException if one cannot be read
     */
    public static void checkRules() {
        rules();
    }

    private static boolean isMappedAllowed() {
        return Boolean.getBoolean(MAPPED_PROPERTY);
    }

    /**
     * The vsock endpoint that the address stands for, or null if it is not vsock.
     *
     * @throws IOException for a vsock-mapped Internet address that is not allowed
     */
    public static VsockSocketAddress vsockOrNull(SocketAddress address) throws IOException {
        if (address instanceof VsockSocketAddress vsock)
            return vsock;
        if (!(address instanceof InetSocketAddress inet))
            return null;
        AddressRules.Rule rule = rules().find(inet);
        if (rule != null)
            return rule.apply(inet);
        if (!VsockSocketAddress.isMapped(inet))
            return null;
        VsockSocketAddress mapped = VsockSocketAddress.ofMapped(inet);
        if (!isMappedAllowed() && rules().leadingTo(mapped) == null)
            throw new SocketException(refusal(inet));
        return mapped;
    }

    /**
     * The vsock endpoint to bind to, or null if it is not vsock. {@code java.net} passes only the IP address and port
     * of a bind, so every vsock-mapped address is vsock here, with or without permission: a bind sends no connection
     * anywhere.
     */
    public static VsockSocketAddress vsockToBindOrNull(InetAddress host, int port) throws IOException {
        InetSocketAddress local = new InetSocketAddress(host, port);
        return VsockSocketAddress.isMapped(local) ? VsockSocketAddress.ofMapped(local) : vsockOrNull(local);
    }

    /** Describes the decision for an address. */
    public static String explain(SocketAddress address) {
        if (address instanceof VsockSocketAddress)
            return address + ": vsock, by its type";
        if (!(address instanceof InetSocketAddress inet))
            return address + ": the platform's, by its type";
        AddressRules.Rule rule = rules().find(inet);
        if (rule != null)
            return address + ": vsock, as " + rule.apply(inet) + ", by the rule " + rule.text() + " of -D"
                + AddressRules.PROPERTY;
        if (!VsockSocketAddress.isMapped(inet))
            return address + ": the platform's: no rule matches, and it is not vsock-mapped";
        VsockSocketAddress mapped = VsockSocketAddress.ofMapped(inet);
        String asMapped = address + ": vsock, as " + mapped + ": it is vsock-mapped, ";
        if (isMappedAllowed())
            return asMapped + "and -D" + MAPPED_PROPERTY + "=true is set";
        AddressRules.Rule leading = rules().leadingTo(mapped);
        return leading == null ? refusal(inet)
            : asMapped + "and the rule " + leading.text() + " of -D" + AddressRules.PROPERTY + " leads there";
    }

    private static String refusal(InetSocketAddress mapped) {
        return mapped + ": refused: it is the vsock-mapped form of " + VsockSocketAddress.ofMapped(mapped)
            + ", which is vsock only with -D" + MAPPED_PROPERTY + "=true, or if a rule of -D" + AddressRules.PROPERTY
            + " leads there (otherwise a DNS answer could direct a connection to this machine's host)";
    }

    /**
     * Whether the platform's channels accept an address that is not vsock. An address that they refuse decides nothing.
     */
    public static boolean isUsableByPlatform(SocketAddress address) {
        return address instanceof InetSocketAddress inet && !inet.isUnresolved();
    }

    /**
     * Whether the address leaves both IP address and port to the system. Such an address does not say what the socket
     * will reach.
     */
    public static boolean isWildcardWithPortZero(SocketAddress address) {
        return address.getClass() == InetSocketAddress.class && ((InetSocketAddress) address).getPort() == 0
            && !((InetSocketAddress) address).isUnresolved()
            && ((InetSocketAddress) address).getAddress().isAnyLocalAddress();
    }

    /** The vsock endpoint for a channel that is vsock already. */
    public static VsockSocketAddress requireVsock(SocketAddress address) throws IOException {
        VsockSocketAddress vsock = vsockOrNull(Objects.requireNonNull(address, "address"));
        if (vsock != null)
            return vsock;
        if (address instanceof InetSocketAddress inet && inet.isUnresolved())
            throw new UnresolvedAddressException();
        throw new UnsupportedAddressTypeException();
    }

    /** The vsock endpoint to bind to. Null means every CID, and a free port that fits in 16 bits. */
    public static VsockSocketAddress requireVsockOrAny(SocketAddress address) throws IOException {
        return address == null ? VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0) : requireVsock(address);
    }
}
