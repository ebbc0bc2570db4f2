// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

import java.util.ArrayList;
import java.util.List;

/**
 * The rules that say from which peers vsock listeners accept, for programs that do not say it themselves. They come
 * from the system property {@value #PROPERTY}: a list of {@link AcceptRule}, separated by semicolons, or
 * {@code @FILE}. The file is read once. The first rule for a listener's port applies; without one, the listener accepts
 * every peer.
 *
 * <p> A mistake closes rather than opens: a property without a rule, and a rule that an earlier one hides, are errors.
 */
public final class AcceptRules {
    static final String PROPERTY = "io.niovsock.acceptFrom";

    private static volatile AcceptRules ofUser; // read lazily: a static initializer could report a failure only once

    private final List<AcceptRule> rules = new ArrayList<>();

    private AcceptRules() { }

    private static AcceptRules ofUser() {
        AcceptRules read = ofUser;
        if (read == null)
            ofUser = read = read(System.getProperty(PROPERTY));
        return read;
    }

    private static AcceptRules read(String valueOrNull) {
        AcceptRules all = new AcceptRules();
        if (valueOrNull == null)
            return all;
        RuleTexts.of(PROPERTY, valueOrNull, ';').forEach(all::add);
        if (all.rules.isEmpty())
            throw new IllegalArgumentException("-D" + PROPERTY + "=" + valueOrNull
                + ": no rule; without the property, listeners accept every peer");
        return all;
    }

    private void add(String text) {
        AcceptRule rule = AcceptRule.parse(text);
        for (AcceptRule earlier : rules)
            if (earlier.hides(rule))
                throw new IllegalArgumentException("it never applies, because the rule '" + earlier.text()
                    + "' before it has its ports");
        rules.add(rule);
    }

    /**
     * Reads the rules.
     *
     * @throws IllegalArgumentException if one cannot be read, or there is none
     */
    public static void check() {
        ofUser();
    }

    /** The rule for a listener at the port, or null. */
    public static AcceptRule findOrNull(long port) {
        for (AcceptRule rule : ofUser().rules)
            if (rule.isFor(port))
                return rule;
        return null;
    }

    /** How many rules there are, or why they cannot be read. */
    public static String describe() {
        try {
            return ofUser().rules.size() + " of -D" + PROPERTY;
        } catch (IllegalArgumentException malformed) {
            return malformed.getMessage();
        }
    }
}
