// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import io.niovsock.tool.net.Endpoint;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What to do with one listener's connections: {@code LISTEN=TARGET}, two endpoints. With the counters of the rule. */
public final class Rule {
    private final Endpoint listen;
    private final Endpoint target;

    final LongAdder accepted = new LongAdder();
    final LongAdder failed = new LongAdder(); // the target could not be reached
    final LongAdder broken = new LongAdder(); // ended by an error after that
    final AtomicInteger open = new AtomicInteger();
    final LongAdder bytesToTarget = new LongAdder();
    final LongAdder bytesToClient = new LongAdder();

    private Rule(Endpoint listen, Endpoint target) {
        this.listen = listen;
        this.target = target;
    }

    /**
     * Reads a rule, such as {@code vsock:any:5000=tcp:localhost:8080}. A path may contain an equals sign: the rule is
     * divided at the first one before a scheme.
     *
     * @param text the rule
     * @return the rule
     * @throws IllegalArgumentException if the text is no rule, with a message for people
     */
    public static Rule parse(String text) {
        int equals = text.indexOf('=');
        while (equals >= 0 && !Endpoint.hasScheme(text.substring(equals + 1)))
            equals = text.indexOf('=', equals + 1);
        if (equals < 0)
            throw new IllegalArgumentException('\'' + text + "' is no rule: expected LISTEN=TARGET, such as "
                + "vsock:any:5000=tcp:localhost:8080");
        return new Rule(Endpoint.parse(text.substring(0, equals)), Endpoint.parse(text.substring(equals + 1)));
    }

    /** Where connections are taken. */
    public Endpoint listen() {
        return listen;
    }

    /** Where they are passed on to. */
    public Endpoint target() {
        return target;
    }

    /** {@return the counters at this moment} */
    public Counts counts() {
        return new Counts(toString(), accepted.sum(), open.get(), failed.sum(), broken.sum(), bytesToTarget.sum(),
            bytesToClient.sum());
    }

    @Override
    public String toString() {
        return listen + "=" + target;
    }

    /**
     * The counters of a rule.
     *
     * @param rule the rule
     * @param accepted connections that were taken
     * @param open connections now
     * @param failed connections whose target could not be reached
     * @param broken connections that an error ended
     * @param bytesToTarget bytes that were passed on to targets
     * @param bytesToClient bytes that were passed on from targets
     */
    public record Counts(String rule, long accepted, int open, long failed, long broken, long bytesToTarget,
                         long bytesToClient) {
        @Override
        public String toString() {
            return rule + ": " + accepted + " accepted, " + open + " open, " + failed + " unreachable, " + broken
                + " broken, " + bytesToTarget + " bytes to the target, " + bytesToClient + " bytes back";
        }
    }
}
