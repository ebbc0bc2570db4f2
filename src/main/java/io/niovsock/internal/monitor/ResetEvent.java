// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.monitor;

import io.niovsock.VsockSocketAddress;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The end of a connection by an error, told once. The stack trace says which operation met it. */
@Name("io.niovsock.Reset")
@Label("Vsock Reset")
@Category("nio-vsock")
@Description("A connection ended by an error: the peer reset it, or is gone")
@StackTrace
public final class ResetEvent extends Event {
    @Label("Operation")
    @Description("read or write")
    String operation;

    @Label("Local Endpoint")
    String local;

    @Label("Remote Endpoint")
    String remote;

    @Label("Remote CID")
    long remoteCid;

    @Label("Remote Port")
    long remotePort;

    @Label("Error")
    @Description("The message of the exception")
    String error;

    private ResetEvent() { }

    public static void tell(String operation, VsockSocketAddress localOrNull, VsockSocketAddress peer, String error) {
        ResetEvent event = new ResetEvent();
        if (!event.isEnabled())
            return;
        event.operation = operation;
        event.local = AcceptEvent.text(localOrNull);
        event.remote = AcceptEvent.text(peer);
        event.remoteCid = peer.getCid();
        event.remotePort = peer.getVsockPort();
        event.error = error;
        event.commit();
    }
}
