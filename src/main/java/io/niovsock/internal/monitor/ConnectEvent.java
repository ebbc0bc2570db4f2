// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.monitor;

import io.niovsock.VsockSocketAddress;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * A connect, from the call that began it to its end. There is no threshold: a refused connect takes microseconds, and
 * is the one to be seen. The stack trace is that of the thread that met the end, which is what chose the peer, or waits
 * for it.
 */
@Name("io.niovsock.Connect")
@Label("Vsock Connect")
@Category("nio-vsock")
@Description("A connect to a vsock endpoint, until it succeeded, failed, or its channel was closed")
@StackTrace
final class ConnectEvent extends Event {
    @Label("Local Endpoint")
    @Description("The endpoint of this side; not there if it was not bound yet")
    String local;

    @Label("Remote Endpoint")
    String remote;

    @Label("Remote CID")
    long remoteCid;

    @Label("Remote Port")
    long remotePort;

    @Label("Transport")
    @Description("kernel, emulated, or hybrid for a guest that is attached")
    String transport;

    @Label("Connected")
    boolean connected;

    @Label("Error")
    @Description("The message of the exception; not there if the connect succeeded")
    String error;

    /** The event of a connect that begins now, or null if no recording wants it. */
    static ConnectEvent begun() {
        ConnectEvent event = new ConnectEvent();
        if (!event.isEnabled())
            return null;
        event.begin();
        return event;
    }

    void end(VsockSocketAddress localOrNull, VsockSocketAddress peer, String its, String errorOrNull) {
        end();
        if (!shouldCommit())
            return;
        local = AcceptEvent.text(localOrNull);
        remote = AcceptEvent.text(peer);
        remoteCid = peer.getCid();
        remotePort = peer.getVsockPort();
        transport = its;
        connected = errorOrNull == null;
        error = errorOrNull;
        commit();
    }
}
