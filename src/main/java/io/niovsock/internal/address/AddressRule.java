// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

import io.niovsock.VsockSocketAddress;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * One rule: {@code [connect|bind] IP[/PREFIX][:PORT[-PORT]] = CID[+host][:PORT[-PORT]]}. Spaces are allowed at both
 * ends and around the equals sign. It makes the addresses on the left vsock. With {@code +host}, the CID is the sum of
 * the number and of the address's bits beyond the prefix. Without ports on the left, every port matches. Without a port
 * on the right, the port stays the same; a single port replaces it; a range, of as many ports as the left one, shifts
 * it.
 *
 * <p>An exception, {@code ![connect|bind] IP[/PREFIX][:PORT[-PORT]]}, leaves its addresses to the platform.
 */
final class AddressRule {
    private static final int MAX_PORT = 65535;
    private static final int FREE_PORT = 0; // for a bind: a free port that fits in 16 bits
    private static final String HOST = "+host";
    private static final String SYNTAX =
        "expected [connect|bind] IP[/PREFIX][:PORT[-PORT]]=CID[+host][:PORT[-PORT]], or an exception, !IP…";

    private static final Ports EVERY_PORT = new Ports(0, MAX_PORT);

    private final String text;
    private final Use onlyUse; // null: both
    private final IpPrefix from;
    private final Ports fromPorts;
    private final VsockSocketAddress to; // null: an exception; else the CID, and the first port
    private final boolean addsHost;
    private final Ports toPorts; // null: the port stays the same

    private AddressRule(String text, Use onlyUse, String source, String targetOrNull) {
        this.text = text;
        this.onlyUse = onlyUse;
        int bracket = source.lastIndexOf(']');
        int colon = source.indexOf(':', Math.max(bracket, 0));
        this.from = IpPrefix.parse(colon < 0 ? source : source.substring(0, colon));
        this.fromPorts = colon < 0 ? EVERY_PORT : Ports.parse(source.substring(colon + 1), MAX_PORT);
        if (targetOrNull == null) {
            this.to = null;
            this.addsHost = false;
            this.toPorts = null;
            return;
        }
        int portsAt = targetOrNull.indexOf(':');
        String cid = portsAt < 0 ? targetOrNull : targetOrNull.substring(0, portsAt);
        this.addsHost = cid.endsWith(HOST);
        this.toPorts = portsAt < 0 ? null : parseTargetPorts(targetOrNull.substring(portsAt + 1));
        this.to = parseCid(addsHost ? cid.substring(0, cid.length() - HOST.length()) : cid);
        if (addsHost && !Character.isDigit(cid.charAt(0)))
            throw new IllegalArgumentException("'" + cid + "': " + HOST + " is added to a number only");
        if (addsHost && from.size().add(BigInteger.valueOf(to.getCid()))
                .compareTo(BigInteger.valueOf(VsockSocketAddress.CID_ANY)) > 0)
            throw new IllegalArgumentException("the last address of the prefix has no CID: it would be beyond "
                + (VsockSocketAddress.CID_ANY - 1));
    }

    /** @throws IllegalArgumentException if the text is no rule */
    static AddressRule parse(String text) {
        boolean isException = text.startsWith("!");
        String rest = (isException ? text.substring(1) : text).strip();
        Use onlyUse = null;
        for (Use use : Use.values()) {
            if (rest.matches(use.word() + "\\s.*")) {
                onlyUse = use;
                rest = rest.substring(use.word().length()).strip();
                break;
            }
        }
        int equals = rest.indexOf('=');
        if (isException != equals < 0)
            throw new IllegalArgumentException(isException ? "an exception has no '='" : SYNTAX);
        return isException ? new AddressRule(text, onlyUse, rest, null)
            : new AddressRule(text, onlyUse, rest.substring(0, equals).strip(), rest.substring(equals + 1).strip());
    }

    private static VsockSocketAddress parseCid(String cid) {
        if (cid.isEmpty())
            throw new IllegalArgumentException("no CID");
        return VsockSocketAddress.parse("vsock:" + cid + ":any");
    }

    private Ports parseTargetPorts(String range) {
        int dash = range.indexOf('-');
        long first = VsockSocketAddress.parse("vsock:any:" + (dash < 0 ? range : range.substring(0, dash)))
            .getVsockPort();
        if (dash < 0)
            return new Ports(first, first);
        Ports ports = new Ports(first, VsockSocketAddress.parse("vsock:any:" + range.substring(dash + 1))
            .getVsockPort());
        if (ports.has(VsockSocketAddress.PORT_ANY))
            throw new IllegalArgumentException("ports '" + range + "' have 'any', which is no port of a range");
        if (ports.last() - ports.first() != fromPorts.last() - fromPorts.first())
            throw new IllegalArgumentException("ports '" + range + "' are not as many as those on the left");
        if (fromPorts.has(FREE_PORT) && first != FREE_PORT)
            throw new IllegalArgumentException("ports '" + range + "' shift port 0, which asks for a free port: "
                + "begin with port 1 on the left");
        return ports;
    }

    String text() {
        return text;
    }

    boolean isException() {
        return to == null;
    }

    boolean matches(InetSocketAddress address, Use use) {
        return isFor(use) && fromPorts.has(address.getPort())
            && from.contains(address.getAddress());
    }

    /** The endpoint that the address stands for; for no exception. */
    VsockSocketAddress apply(InetSocketAddress address) {
        long cid = to.getCid() + (addsHost ? from.hostNumber(address.getAddress()) : 0);
        return VsockSocketAddress.of(cid, toPorts == null ? address.getPort()
            : toPorts.isOne() ? toPorts.first() : toPorts.first() + address.getPort() - fromPorts.first());
    }

    /** Whether an address of this rule stands for the endpoint, perhaps by a bind to a free port. */
    boolean leadsTo(VsockSocketAddress endpoint) {
        return leadsTo(endpoint.getCid()) && isTargetPort(endpoint.getVsockPort());
    }

    /** Whether the rule holds for that use. */
    boolean isFor(Use use) {
        return onlyUse == null || onlyUse == use;
    }

    /** The only address that leads to the endpoint by this rule, or null if there are several. */
    InetSocketAddress onlyAddressOrNull(VsockSocketAddress endpoint) {
        boolean mergesAddresses = !addsHost && !from.size().equals(BigInteger.ONE);
        boolean mergesPorts = toPorts != null && toPorts.isOne() && !fromPorts.isOne();
        if (mergesAddresses || mergesPorts)
            return null;
        long port = portBefore(endpoint.getVsockPort());
        InetAddress ip = from.address(BigInteger.valueOf(addsHost ? endpoint.getCid() - to.getCid() : 0));
        return new InetSocketAddress(ip, (int) (fromPorts.has(port) ? port : fromPorts.first()));
    }

    private boolean isTargetPort(long port) {
        if (toPorts == null)
            return fromPorts.has(port) || fromPorts.has(FREE_PORT) && port <= MAX_PORT;
        return toPorts.has(port) || toPorts.isOne() && (toPorts.first() == VsockSocketAddress.PORT_ANY
            || toPorts.first() == FREE_PORT && port <= MAX_PORT);
    }

    private boolean leadsTo(long cid) {
        if (isException())
            return false;
        long number = cid - to.getCid();
        return addsHost ? number >= 0 && BigInteger.valueOf(number).compareTo(from.size()) < 0 : number == 0;
    }

    /**
     * The address that stands for a peer at the endpoint, or null if this rule has none. Its port is the one that this
     * rule translates to the endpoint's, or the endpoint's own, as for a client's port.
     */
    InetSocketAddress addressOfPeerOrNull(VsockSocketAddress peer) {
        long port = portBefore(peer.getVsockPort());
        if (onlyUse == Use.BIND || !leadsTo(peer.getCid()) || port > MAX_PORT)
            return null;
        InetAddress ip = addsHost ? from.address(BigInteger.valueOf(peer.getCid() - to.getCid()))
            : from.representativeOrNull();
        return ip == null || ip.isAnyLocalAddress() ? null : new InetSocketAddress(ip, (int) port);
    }

    private long portBefore(long port) {
        if (isException() || toPorts == null || !toPorts.has(port) || toPorts.isOne() && !fromPorts.isOne())
            return port;
        return fromPorts.first() + port - toPorts.first();
    }
}
