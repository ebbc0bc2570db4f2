// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

import io.niovsock.VsockPeers;
import io.niovsock.VsockSocketAddress;

/**
 * One rule of {@link AcceptRules}: {@code [PORT[-PORT]=]PEERS}. Spaces are allowed at both ends and around the equals
 * sign. Without ports, it holds for every port.
 */
public final class AcceptRule {
    private static final Ports EVERY_PORT = new Ports(0, VsockSocketAddress.PORT_ANY - 1);

    private final String text;
    private final Ports ports;
    private final VsockPeers peers;

    private AcceptRule(String text, Ports ports, VsockPeers peers) {
        this.text = text;
        this.ports = ports;
        this.peers = peers;
    }

    /** @throws IllegalArgumentException if the text is no rule */
    static AcceptRule parse(String text) {
        int equals = text.indexOf('=');
        Ports ports = equals < 0 ? EVERY_PORT : Ports.parse(text.substring(0, equals).strip(), EVERY_PORT.last());
        return new AcceptRule(text, ports, VsockPeers.parse(text.substring(equals + 1).strip()));
    }

    boolean isFor(long port) {
        return ports.has(port);
    }

    /** Whether this rule applies wherever another one would. */
    boolean hides(AcceptRule later) {
        return ports.hasAllOf(later.ports);
    }

    public VsockPeers peers() {
        return peers;
    }

    /** The rule, as the user has written it. */
    String text() {
        return text;
    }

    /** The rule, and where it comes from. */
    @Override
    public String toString() {
        return "the rule " + text + " of -D" + AcceptRules.PROPERTY;
    }
}
