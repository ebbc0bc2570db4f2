// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.monitor;

import io.niovsock.VsockSocketAddress;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A connection that a listener accepted. Without a stack trace, which would be that of the same loop each time. */
@Name("io.niovsock.Accept")
@Label("Vsock Accept")
@Category("nio-vsock")
@Description("A connection that a listener at a vsock endpoint accepted")
@StackTrace(false)
public final class AcceptEvent extends Event {
    @Label("Listener")
    @Description("The endpoint that the listener is bound to")
    String listener;

    @Label("Remote Endpoint")
    String remote;

    @Label("Remote CID")
    long remoteCid;

    @Label("Remote Port")
    long remotePort;

    @Label("Transport")
    @Description("kernel, emulated, or hybrid for a guest that is attached")
    String transport;

    private AcceptEvent() { }

    public static void tell(VsockSocketAddress listener, VsockSocketAddress peer, String transport) {
        AcceptEvent event = new AcceptEvent();
        if (!event.isEnabled())
            return;
        event.listener = text(listener);
        event.remote = text(peer);
        event.remoteCid = peer.getCid();
        event.remotePort = peer.getVsockPort();
        event.transport = transport;
        event.commit();
    }

    static String text(VsockSocketAddress endpointOrNull) {
        return endpointOrNull == null ? null : endpointOrNull.toString();
    }
}
