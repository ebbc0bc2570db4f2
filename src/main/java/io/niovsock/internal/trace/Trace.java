// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.trace;

import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Use;

import java.net.SocketAddress;

/**
 * Tells what each socket becomes, by which rule, and which sockets no rule can catch: to the logger
 * {@code io.niovsock.trace}, at level INFO, and to Flight Recorder where that is running. Tells the logger of
 * connections that listeners refuse. {@code -D}{@value #PROPERTY}
 * turns this on, unless its value is {@code false}. While it is off, a socket costs the test of a constant.
 */
public final class Trace {
    private static final String PROPERTY = "io.niovsock.trace";

    private static final boolean ON = isWanted(System.getProperty(PROPERTY));
    private static final boolean HAS_RECORDER = ON && ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private Trace() { }

    private static boolean isWanted(String value) {
        return value != null && !value.equalsIgnoreCase("false");
    }

    /** Whether the user asked for the trace. */
    public static boolean isOn() {
        return ON;
    }

    /** A socket is undecided, and its program has given it the address that decides. */
    public static void deciding(String socket, Use use, SocketAddress address) {
        if (ON)
            tell(socket, use.word(), address.toString(), AddressResolver.explain(address, use));
    }

    /** An undecided listener is bound; null: without an address, which decides for the platform. */
    public static void binding(String listener, SocketAddress addressOrNull) {
        if (addressOrNull == null)
            notCaught(listener, "it is bound without an address");
        else
            deciding(listener, Use.BIND, addressOrNull);
    }

    /** A socket goes to the platform without an address: no rule will be asked. */
    public static void notCaught(String socket, String why) {
        if (ON)
            tell(socket, "open", "any address", "not caught: " + why);
    }

    /** A listener has closed a connection because of its peer; it is the one with that number. */
    public static void refused(SocketAddress listener, SocketAddress peer, String why, long number) {
        if (ON)
            log("listener at " + listener + ", accept " + peer + ": refused, because of " + why + "; " + number
                + " refused so far");
    }

    private static void log(String line) {
        System.getLogger("io.niovsock.trace").log(System.Logger.Level.INFO, line);
    }

    private static void tell(String socket, String use, String address, String outcome) {
        log(socket + ", " + use + " " + address + ": " + outcome);
        if (HAS_RECORDER)
            DecisionEvent.record(socket, use, address, outcome);
    }
}
