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
 * Which addresses are vsock: a {@link VsockSocketAddress} always, any other only where the user of the program has said
 * so, by a rule of {@link AddressRules} or by letting vsock-mapped Internet addresses in. The mapped form of an endpoint
 * that a rule leads to is let in, too: a program asks its own listener for its address and connects to that. An answer of
 * the DNS gains nothing by it, as it could be the address in the rule.
 */
public final class AddressResolver {
    private static final String MAPPED_PROPERTY = "io.niovsock.mapped";

    private AddressResolver() { }

    private static volatile AddressRules rules; // not read in a static initializer, which could fail only once

    private static AddressRules rules() {
        AddressRules read = rules;
        if (read == null)
            rules = read = new AddressRules(System.getProperty(AddressRules.PROPERTY));
        return read;
    }

    /** @throws IllegalArgumentException if there is a rule that cannot be read */
    public static void checkRules() {
        rules();
    }

    private static boolean isMappedAllowed() {
        return Boolean.getBoolean(MAPPED_PROPERTY);
    }

    /**
     * The vsock endpoint that the address stands for, or null where it stands for none.
     *
     * @throws IOException for a vsock-mapped Internet address that is not let in
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
     * Where to bind, as {@code java.net} hands it on: without its type. So a mapped address is vsock whether others are let
     * in or not; no connection leaves the machine by a bind.
     */
    public static VsockSocketAddress vsockToBindOrNull(InetAddress host, int port) throws IOException {
        InetSocketAddress local = new InetSocketAddress(host, port);
        return VsockSocketAddress.isMapped(local) ? VsockSocketAddress.ofMapped(local) : vsockOrNull(local);
    }

    /** The decision for an address, in words. */
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

    /** Whether the platform's channels can do anything with an address that is not vsock; what they refuse decides nothing. */
    public static boolean isUsableByPlatform(SocketAddress address) {
        return address instanceof InetSocketAddress inet && !inet.isUnresolved();
    }

    /**
     * Whether the address leaves both the place and the port to the system: that says nothing of what the socket is to
     * reach.
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

    /** Where to bind: null is every CID and a free port that 16 bits can hold. */
    public static VsockSocketAddress requireVsockOrAny(SocketAddress address) throws IOException {
        return address == null ? VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0) : requireVsock(address);
    }
}
