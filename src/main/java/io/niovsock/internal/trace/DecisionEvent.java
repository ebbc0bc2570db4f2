// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** The event of Flight Recorder for a socket that becomes vsock or the platform's. Loaded only where there is one. */
@Name("io.niovsock.Decision")
@Label("Socket Decision")
@Category("nio-vsock")
@Description("What a socket became: vsock or the platform's, and by which rule")
final class DecisionEvent extends Event {
    @Label("Socket")
    String socket;

    @Label("Use")
    @Description("connect, bind, or open for a socket that no rule can catch")
    String use;

    @Label("Address")
    String address;

    @Label("Outcome")
    String outcome;

    static void record(String socket, String use, String address, String outcome) {
        DecisionEvent event = new DecisionEvent();
        if (!event.isEnabled())
            return;
        event.socket = socket;
        event.use = use;
        event.address = address;
        event.outcome = outcome;
        event.commit();
    }
}
