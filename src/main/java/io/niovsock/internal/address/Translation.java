// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

import io.niovsock.VsockSocketAddress;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * The addresses that a vsock socket reports. Usually they are its endpoints. A socket that a rule made vsock reports
 * the addresses that its program knows, as with NAT: the address that it was bound or connected to, and for the other
 * endpoints the address that the rules have for it. An endpoint for which they have none is reported as it is; its
 * mapped form is vsock from then on.
 *
 * <p>Immutable.
 */
public final class Translation {
    /** Of a socket that no rule made vsock. */
    public static final Translation NONE = new Translation(false, null, null);

    private static final InetAddress WILDCARD = new InetSocketAddress(0).getAddress();

    private final boolean byRule;
    private final InetSocketAddress local; // null: not bound by a rule
    private final InetSocketAddress remote; // null: not connected by a rule

    private Translation(boolean byRule, InetSocketAddress local, InetSocketAddress remote) {
        this.byRule = byRule;
        this.local = local;
        this.remote = remote;
    }

    /** That of the socket once it is bound to the address. */
    public Translation boundTo(SocketAddress address) {
        return isByRule(address) ? new Translation(true, (InetSocketAddress) address, remote) : this;
    }

    /** That of the socket once it is connected to the address. */
    public Translation connectedTo(SocketAddress address) {
        return isByRule(address) ? new Translation(true, local, (InetSocketAddress) address)
            : disconnected();
    }

    /** That of the socket once it is disconnected. */
    public Translation disconnected() {
        return remote == null ? this : new Translation(byRule, local, null);
    }

    /** That of the socket once it has sent a datagram to the address. */
    public Translation usedWith(SocketAddress address) {
        return !byRule && isByRule(address) ? new Translation(true, local, remote) : this;
    }

    /** Such an address was a rule's, for a channel that is vsock takes no other. */
    private static boolean isByRule(SocketAddress address) {
        return address instanceof InetSocketAddress inet && !VsockSocketAddress.isMapped(inet);
    }

    /** That of a connection that this listener accepts. */
    public Translation ofAccepted() {
        return remote == null && (local == null || !local.getAddress().isAnyLocalAddress()) ? this
            : new Translation(byRule, null, null);
    }

    /** The address to report for the local endpoint; null for null. */
    public InetSocketAddress local(VsockSocketAddress endpoint) {
        if (!byRule || endpoint == null)
            return endpoint;
        if (local != null && local.getPort() != 0)
            return AddressResolver.isPortOf(local, endpoint) ? local : AddressResolver.exactAddressOf(endpoint);
        if (local == null && endpoint.getCid() != VsockSocketAddress.CID_ANY)
            return AddressResolver.addressOf(endpoint);
        InetAddress ip = local == null ? WILDCARD : local.getAddress(); // null: a datagram has bound it
        InetSocketAddress bound = endpoint.getVsockPort() > 0xFFFF ? endpoint
            : new InetSocketAddress(ip, endpoint.getPort());
        return AddressResolver.isSameTarget(bound, endpoint) ? bound : AddressResolver.exactAddressOf(endpoint);
    }

    /** The address to report for the peer's endpoint; null for null. */
    public InetSocketAddress remote(VsockSocketAddress endpoint) {
        return !byRule || endpoint == null ? endpoint : remote != null ? remote : AddressResolver.addressOf(endpoint);
    }

    /**
     * The address to report for the sender of a datagram: the peer's, if the socket is connected, or else one to which
     * an answer can be sent.
     *
     * @param alsoLocal whether the endpoint can be reached at {@link VsockSocketAddress#CID_LOCAL}, too
     */
    public InetSocketAddress sender(VsockSocketAddress endpoint, boolean alsoLocal) {
        return !byRule ? endpoint : remote != null ? remote : AddressResolver.exactAddressOf(endpoint, alsoLocal);
    }
}
