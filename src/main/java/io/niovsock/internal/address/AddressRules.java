// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

import io.niovsock.VsockSocketAddress;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules that make Internet addresses vsock, from the system property {@value #PROPERTY} (formerly
 * {@value #FORMER_PROPERTY}): a list of {@link AddressRule}, separated by commas; or {@code @FILE}, a file that has a
 * rule in each line, beside empty lines and comments that begin with {@code #}. The file is read once. The first rule
 * that matches an address applies.
 */
final class AddressRules {
    static final String PROPERTY = "io.niovsock.rules";
    private static final String FORMER_PROPERTY = "io.niovsock.map"; // one letter pair apart from io.niovsock.mapped

    private final List<AddressRule> rules = new ArrayList<>();

    /** @throws IllegalArgumentException naming the rule that cannot be read, and its position */
    static AddressRules ofUser() {
        String value = System.getProperty(PROPERTY, System.getProperty(FORMER_PROPERTY, ""));
        AddressRules all = new AddressRules();
        if (!value.isEmpty()) // a program without rules need not load the class
            RuleTexts.of(PROPERTY, value, ',').forEach(text -> all.rules.add(AddressRule.parse(text)));
        return all;
    }

    int count() {
        return rules.size();
    }

    /** The first rule that matches, or null. It may be an exception. */
    AddressRule findOrNull(InetSocketAddress address, Use use) {
        if (!address.isUnresolved())
            for (AddressRule rule : rules)
                if (rule.matches(address, use))
                    return rule;
        return null;
    }

    /** The endpoint of the first rule that matches, or null if none does or it is an exception. */
    VsockSocketAddress applyOrNull(InetSocketAddress address, Use use) {
        AddressRule rule = findOrNull(address, use);
        return rule == null || rule.isException() ? null : rule.apply(address);
    }

    /** The first rule that leads to an endpoint, or null. A rule whose address an earlier rule takes does not. */
    AddressRule leadingToOrNull(VsockSocketAddress endpoint) {
        for (AddressRule rule : rules)
            if (rule.leadsTo(endpoint) && isInForce(rule, rule.onlyAddressOrNull(endpoint)))
                return rule;
        return null;
    }

    private boolean isInForce(AddressRule rule, InetSocketAddress addressOrNull) {
        return addressOrNull == null
            || rule.isFor(Use.CONNECT) && findOrNull(addressOrNull, Use.CONNECT) == rule
            || rule.isFor(Use.BIND) && findOrNull(addressOrNull, Use.BIND) == rule;
    }

    /**
     * The address of the first rule that has one for a peer, or null. An address that an earlier rule leads to another
     * machine, or leaves to the platform, does not count.
     */
    InetSocketAddress addressOfPeerOrNull(VsockSocketAddress peer) {
        for (AddressRule rule : rules) {
            InetSocketAddress address = rule.addressOfPeerOrNull(peer);
            if (address != null && isOfPeer(address, peer))
                return address;
        }
        return null;
    }

    /** The first address that leads to exactly this endpoint, or null. Datagrams sent to it arrive there. */
    InetSocketAddress exactAddressOrNull(VsockSocketAddress endpoint) {
        for (AddressRule rule : rules) {
            InetSocketAddress address = rule.addressOfPeerOrNull(endpoint);
            if (address != null && endpoint.equals(applyOrNull(address, Use.CONNECT)))
                return address;
        }
        return null;
    }

    private boolean isOfPeer(InetSocketAddress address, VsockSocketAddress peer) {
        AddressRule first = findOrNull(address, Use.CONNECT);
        return first == null || !first.isException() && first.apply(address).getCid() == peer.getCid();
    }
}
