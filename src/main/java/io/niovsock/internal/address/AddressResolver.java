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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides which addresses are vsock. A {@link VsockSocketAddress} always is. Any other address is vsock only if the
 * user of the program has declared that: by a rule of {@link AddressRules}, or by allowing vsock-mapped Internet
 * addresses. The mapped form of an endpoint that a rule leads to is allowed, too, since a program may ask its own
 * listener for its address and connect to that; so is that of a machine whose address a socket of a rule has reported,
 * because the kernel has named that machine. A DNS answer gains little by this: it could as well be the address in a
 * rule, or lead to a machine that the program talks to.
 */
public final class AddressResolver {
    private static final String MAPPED_PROPERTY = "io.niovsock.mapped";

    /** The machines that were reported without an address of a rule; their mapped addresses are vsock. */
    private static final Set<Long> REPORTED_CIDS = ConcurrentHashMap.newKeySet();
    private static final int MAX_REPORTED_CIDS = 10_000;

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
    public static VsockSocketAddress vsockOrNull(SocketAddress address, Use use) throws IOException {
        if (address instanceof VsockSocketAddress vsock)
            return vsock;
        if (!(address instanceof InetSocketAddress inet))
            return null;
        AddressRule rule = rules().findOrNull(inet, use);
        if (rule != null)
            return rule.isException() ? null : rule.apply(inet);
        if (!VsockSocketAddress.isMapped(inet))
            return null;
        VsockSocketAddress mapped = VsockSocketAddress.ofMapped(inet);
        if (!isMappedAllowed() && rules().leadingToOrNull(mapped) == null && !REPORTED_CIDS.contains(mapped.getCid()))
            throw new SocketException(refusal(inet));
        return mapped;
    }

    /**
     * The address to which a vsock socket is to be bound, or null if it is not vsock. {@code java.net} passes only the
     * IP address and port of a bind, so every vsock-mapped address is vsock here, with or without permission: a bind
     * sends no connection anywhere.
     */
    public static InetSocketAddress vsockBindOrNull(InetAddress host, int port) throws IOException {
        InetSocketAddress local = bindOfJavaNet(host, port);
        return vsockOrNull(local, Use.BIND) == null ? null : local;
    }

    /** The address of the bind of a listener: null is the wildcard and a free port where a rule has the wildcard. */
    public static SocketAddress ofListenerOrNull(SocketAddress localOrNull) throws IOException {
        if (localOrNull != null)
            return localOrNull;
        SocketAddress wildcard = new InetSocketAddress(0);
        return vsockOrNull(wildcard, Use.BIND) == null ? null : wildcard;
    }

    /** The address of a bind of {@code java.net}: the endpoint, if it is vsock-mapped. */
    public static InetSocketAddress bindOfJavaNet(InetAddress host, int port) {
        InetSocketAddress local = new InetSocketAddress(host, port);
        return VsockSocketAddress.isMapped(local) ? VsockSocketAddress.ofMapped(local) : local;
    }

    // -- what a socket that a rule made vsock reports

    /** The address that the rules have for an endpoint, or else the endpoint itself. */
    static InetSocketAddress addressOf(VsockSocketAddress endpoint) {
        return orMapped(rules().addressOfPeerOrNull(endpoint), endpoint);
    }

    /** The address by which the rules lead to exactly this endpoint, or else the endpoint itself. */
    static InetSocketAddress exactAddressOf(VsockSocketAddress endpoint) {
        return exactAddressOf(endpoint, false);
    }

    /** As before; or else the one that leads to its port at {@code CID_LOCAL}, if that is the same. */
    static InetSocketAddress exactAddressOf(VsockSocketAddress endpoint, boolean alsoLocal) {
        InetSocketAddress exact = rules().exactAddressOrNull(endpoint);
        if (exact == null && alsoLocal)
            exact = rules().exactAddressOrNull(
                VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, endpoint.getVsockPort()));
        return orMapped(exact, endpoint);
    }

    private static InetSocketAddress orMapped(InetSocketAddress addressOrNull, VsockSocketAddress endpoint) {
        if (addressOrNull != null)
            return addressOrNull;
        if (REPORTED_CIDS.size() < MAX_REPORTED_CIDS)
            REPORTED_CIDS.add(endpoint.getCid());
        return endpoint;
    }

    /** Whether a bind to the address asks for the port of the endpoint, and not for a free one. */
    static boolean isPortOf(InetSocketAddress address, VsockSocketAddress endpoint) {
        VsockSocketAddress target = rules().applyOrNull(address, Use.BIND);
        return target == null || target.getVsockPort() == endpoint.getVsockPort();
    }

    /** Whether a program that connects to the address gets to the listener at the endpoint. */
    static boolean isSameTarget(InetSocketAddress address, VsockSocketAddress listener) {
        VsockSocketAddress target = rules().applyOrNull(address, Use.CONNECT);
        return target == null ? rules().findOrNull(address, Use.CONNECT) == null && address.equals(listener)
            : target.getVsockPort() == listener.getVsockPort()
                && (target.getCid() == listener.getCid() || listener.getCid() == VsockSocketAddress.CID_ANY);
    }

    // -- what a program may ask

    /** Describes the decision for an address. */
    public static String explain(SocketAddress address) {
        if (address instanceof VsockSocketAddress vsock)
            return address + ": vsock, by its type" + reported(vsock);
        if (!(address instanceof InetSocketAddress inet))
            return address + ": the platform's, by its type";
        String connect = explain(inet, Use.CONNECT);
        String bind = explain(inet, Use.BIND);
        return address + ": " + (connect.equals(bind) ? connect : "to connect: " + connect + "; to bind: " + bind);
    }

    /** Describes the decision for an address that is used in that way; without the address. */
    public static String explain(SocketAddress address, Use use) {
        return address instanceof VsockSocketAddress ? "vsock, by its type"
            : address instanceof InetSocketAddress inet ? explain(inet, use) : "the platform's, by its type";
    }

    private static String explain(InetSocketAddress address, Use use) {
        AddressRule rule = rules().findOrNull(address, use);
        if (rule != null)
            return (rule.isException() ? "the platform's" : "vsock, as " + rule.apply(address)) + ", by the rule "
                + rule.text() + " of -D" + AddressRules.PROPERTY;
        if (!VsockSocketAddress.isMapped(address))
            return "the platform's: no rule matches, and it is not vsock-mapped";
        VsockSocketAddress mapped = VsockSocketAddress.ofMapped(address);
        String asMapped = "vsock, as " + mapped + ": it is vsock-mapped, ";
        if (isMappedAllowed())
            return asMapped + "and -D" + MAPPED_PROPERTY + "=true is set";
        AddressRule leading = rules().leadingToOrNull(mapped);
        if (leading != null)
            return asMapped + "and the rule " + leading.text() + " of -D" + AddressRules.PROPERTY + " leads there";
        return REPORTED_CIDS.contains(mapped.getCid()) ? asMapped + "and a socket has reported that machine"
            : refused(mapped);
    }

    /** The settings that make Internet addresses vsock. */
    public static String describeRules() {
        String mapped = isMappedAllowed() ? "; mapped addresses are vsock" : "";
        try {
            return rules().count() + " of -D" + AddressRules.PROPERTY + mapped;
        } catch (IllegalArgumentException malformed) {
            return malformed.getMessage();
        }
    }

    /** How a socket that a rule made vsock reports a peer. */
    private static String reported(VsockSocketAddress peer) {
        InetSocketAddress address = rules().addressOfPeerOrNull(peer);
        return address == null ? "" : "; a socket that a rule made vsock reports this peer as " + address;
    }

    private static String refusal(InetSocketAddress mapped) {
        return mapped + ": " + refused(VsockSocketAddress.ofMapped(mapped));
    }

    private static String refused(VsockSocketAddress endpoint) {
        return "refused: it is the vsock-mapped form of " + endpoint + ", which is vsock only with -D"
            + MAPPED_PROPERTY + "=true, or if a rule of -D" + AddressRules.PROPERTY
            + " leads there (otherwise a DNS answer could direct a connection to this machine's host)";
    }

    /** The refusal of a vsock address by a channel that has become the platform's; its cause says why. */
    public static UnsupportedAddressTypeException alreadyPlatforms(SocketAddress address, String protocol) {
        UnsupportedAddressTypeException refusal = new UnsupportedAddressTypeException();
        refusal.initCause(new SocketException(address + ": it is vsock, but this socket is already " + protocol));
        return refusal;
    }

    // -- what channels and sockets ask besides

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
    public static VsockSocketAddress requireVsock(SocketAddress address, Use use) throws IOException {
        VsockSocketAddress vsock = vsockOrNull(Objects.requireNonNull(address, "address"), use);
        if (vsock != null)
            return vsock;
        if (address instanceof InetSocketAddress inet && inet.isUnresolved())
            throw new UnresolvedAddressException();
        throw new UnsupportedAddressTypeException();
    }

    /** The vsock endpoint to bind to. Null means every CID, and a free port that fits in 16 bits. */
    public static VsockSocketAddress requireVsockOrAny(SocketAddress address) throws IOException {
        return address == null ? VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0)
            : requireVsock(address, Use.BIND);
    }
}
