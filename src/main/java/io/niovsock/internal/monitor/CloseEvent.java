// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.monitor;

import io.niovsock.VsockSocketAddress;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** The close of a socket that was connected or bound. The stack trace says which code closed it. */
@Name("io.niovsock.Close")
@Label("Vsock Close")
@Category("nio-vsock")
@Description("The close of a vsock socket that was connected, accepted or bound")
@StackTrace
public final class CloseEvent extends Event {
    private static final long UNKNOWN = Long.MIN_VALUE; // tools show it as N/A

    @Label("Kind")
    @Description("stream, records, listener or datagrams")
    String kind;

    @Label("Local Endpoint")
    String local;

    @Label("Remote Endpoint")
    @Description("The peer of a connection, or of a datagram channel that is connected")
    String remote;

    @Label("Remote CID")
    @Description("-1 without a peer")
    long remoteCid;

    @Label("Remote Port")
    @Description("-1 without a peer")
    long remotePort;

    @Label("Lifetime")
    @Description("Since it was connected, accepted or bound; not known if there was no recording at that time")
    @Timespan(Timespan.NANOSECONDS)
    long lifetime;

    @Label("Bytes Read")
    @DataAmount
    long bytesRead;

    @Label("Bytes Written")
    @DataAmount
    long bytesWritten;

    private CloseEvent() { }

    /** Returns whether a recording wants these events. */
    public static boolean isWanted() {
        return new CloseEvent().isEnabled();
    }

    public static void tell(SocketKind kind, VsockSocketAddress localOrNull, VsockSocketAddress remoteOrNull,
                            SocketHistory historyOrNull, long bytesRead, long bytesWritten) {
        CloseEvent event = new CloseEvent();
        if (!event.isEnabled())
            return;
        event.kind = kind.toString();
        event.local = AcceptEvent.text(localOrNull);
        event.remote = AcceptEvent.text(remoteOrNull);
        event.remoteCid = remoteOrNull == null ? -1 : remoteOrNull.getCid();
        event.remotePort = remoteOrNull == null ? -1 : remoteOrNull.getVsockPort();
        event.lifetime = historyOrNull == null ? UNKNOWN : historyOrNull.ageNanos();
        event.bytesRead = bytesRead;
        event.bytesWritten = bytesWritten;
        event.commit();
    }
}
