// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

import io.niovsock.VsockSocketAddress;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules that make Internet addresses vsock, from the system property {@value #PROPERTY} (formerly
 * {@value #FORMER_PROPERTY}): a list of {@code IP[:PORT]=CID[:PORT]}, separated by commas. The IP address is an
 * {@link IpLiteral}. The CID is a number or a name that {@link VsockSocketAddress#parse} accepts. A rule without a port
 * on the left matches every port; without a port on the right, the port stays the same. A wildcard literal matches the
 * wildcards of both IP versions. The first rule that matches applies.
 */
final class AddressRules {
    static final String PROPERTY = "io.niovsock.rules";
    private static final String FORMER_PROPERTY = "io.niovsock.map"; // one letter pair apart from io.niovsock.mapped

    private static final int EVERY_PORT = -1;
    private static final int FREE_PORT = 0; // for a bind: a free port that fits in 16 bits
    private static final int MAX_PORT = 65535;

    /** One rule; {@code toPort} is null if the port stays the same. */
    record Rule(String text, InetAddress from, int fromPort, long toCid, Long toPort) {
        private boolean matches(InetSocketAddress address) {
            InetAddress ip = address.getAddress();
            boolean sameAddress = ip.equals(from) || from.isAnyLocalAddress() && ip.isAnyLocalAddress();
            return sameAddress && (fromPort == EVERY_PORT || fromPort == address.getPort());
        }

        VsockSocketAddress apply(InetSocketAddress address) {
            return VsockSocketAddress.of(toCid, toPort == null ? address.getPort() : toPort);
        }

        /** Whether this rule maps some address to the endpoint, perhaps by a bind to a free port. */
        private boolean leadsTo(VsockSocketAddress endpoint) {
            long port = toPort == null ? fromPort : toPort;
            return endpoint.getCid() == toCid
                && (port == endpoint.getVsockPort() || port == VsockSocketAddress.PORT_ANY
                    || (port == EVERY_PORT || port == FREE_PORT) && endpoint.getVsockPort() <= MAX_PORT);
        }
    }

    /** @throws IllegalArgumentException naming the rule that cannot be read, and its position in the list */
    static AddressRules ofUser() {
        return new AddressRules(System.getProperty(PROPERTY, System.getProperty(FORMER_PROPERTY)));
    }

    private final List<Rule> rules;

    /** @throws IllegalArgumentException if a rule cannot be read, with its text and its position in the list */
    AddressRules(String list) {
        rules = new ArrayList<>();
        if (list == null || list.isBlank())
            return;
        String[] texts = list.split(",", -1);
        for (int i = 0; i < texts.length; i++) {
            try {
                rules.add(parse(texts[i].strip()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("-D" + PROPERTY + ": rule " + (i + 1) + " '" + texts[i] + "': "
                    + e.getMessage(), e);
            }
        }
    }

    /** The first rule that matches, or null. */
    Rule find(InetSocketAddress address) {
        if (!address.isUnresolved())
            for (Rule rule : rules)
                if (rule.matches(address))
                    return rule;
        return null;
    }

    /** The first rule that leads to an endpoint, or null. */
    Rule leadingTo(VsockSocketAddress endpoint) {
        for (Rule rule : rules)
            if (rule.leadsTo(endpoint))
                return rule;
        return null;
    }

    private static Rule parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 0)
            throw new IllegalArgumentException("expected IP[:PORT]=CID[:PORT]");
        String left = text.substring(0, equals);
        int bracket = left.lastIndexOf(']');
        int colon = left.indexOf(':', Math.max(bracket, 0));
        InetAddress from = IpLiteral.parse(colon < 0 ? left : left.substring(0, colon));
        int fromPort = colon < 0 ? EVERY_PORT : parsePort(left.substring(colon + 1));

        String right = text.substring(equals + 1);
        boolean portStays = right.indexOf(':') < 0;
        VsockSocketAddress to = VsockSocketAddress.parse("vsock:" + right + (portStays ? ":any" : ""));
        if (right.isEmpty() || right.startsWith(":"))
            throw new IllegalArgumentException("no CID");
        return new Rule(text, from, fromPort, to.getCid(), portStays ? null : to.getVsockPort());
    }

    private static int parsePort(String digits) {
        if (!digits.matches("0|[1-9][0-9]{0,4}") || Integer.parseInt(digits) > MAX_PORT)
            throw new IllegalArgumentException("port '" + digits + "' is out of range: 0 to " + MAX_PORT);
        return Integer.parseInt(digits);
    }
}
