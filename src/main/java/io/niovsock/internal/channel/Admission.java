// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockPeers;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;
import io.niovsock.internal.address.AcceptRule;
import io.niovsock.internal.address.AcceptRules;
import io.niovsock.internal.monitor.Counters;
import io.niovsock.internal.trace.Trace;
import io.niovsock.internal.transport.Transport;

import java.util.concurrent.TimeUnit;

/**
 * Decides which connections a listener accepts, by the CID of the peer: the program's option and the operator's rule
 * must both have it. Counts the refused ones.
 *
 * <p> Peers choose how many connections are refused, so not all are told of: the log gets one line for a listener, and
 * the trace at most one line a second.
 */
final class Admission {
    private static final long TRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SocketOptions options;
    private volatile VsockSocketAddress listener; // null: not bound
    private volatile AcceptRule rule; // null: none for the port

    // -- guarded by the lock that excludes other accepts

    private VsockPeers ofProgram; // at the last decision
    private long refused;
    private long tracedNanos;

    // -- end of what is guarded by that lock

    Admission(SocketOptions options) {
        this.options = options;
    }

    /** The listener is bound, so that a rule can be found. */
    void bound(VsockSocketAddress local) {
        rule = AcceptRules.findOrNull(local.getVsockPort());
        listener = local;
    }

    /** Whether the listener accepts a connection of the peer, whose CID is the first number. */
    boolean admits(int[] peer) {
        ofProgram = options.acceptFrom();
        return ofProgram.contains(cidOf(peer)) && isAllowedByRule(peer);
    }

    private boolean isAllowedByRule(int[] peer) {
        AcceptRule ofOperator = rule;
        return ofOperator == null || ofOperator.peers().contains(cidOf(peer));
    }

    private static long cidOf(int[] peer) {
        return Integer.toUnsignedLong(peer[0]);
    }

    /** Called for each connection that has been closed because of its peer. */
    void refused(int[] peer) {
        Counters.refused();
        refused++;
        if (refused == 1)
            System.getLogger("io.niovsock").log(System.Logger.Level.WARNING, listener + " refused a connection of "
                + Transport.endpoint(peer) + ", because of " + reason(peer) + "; this is told once for a listener, and"
                + " counted in Vsock.report()");
        if (Trace.isOn() && (refused == 1 || System.nanoTime() - tracedNanos >= TRACE_NANOS)) {
            tracedNanos = System.nanoTime();
            Trace.refused(listener, Transport.endpoint(peer), reason(peer), refused);
        }
    }

    private String reason(int[] peer) {
        return isAllowedByRule(peer) ? VsockSocketOptions.ACCEPT_FROM + "=" + ofProgram : rule.toString();
    }
}
