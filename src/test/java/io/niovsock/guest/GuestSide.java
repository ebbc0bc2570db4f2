// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.channels.SocketChannel;

import static io.niovsock.VsockProtocolFamily.VSOCK;

/**
 * The guest's half of the long form of {@code testvm/guest-and-host}: Java in the guest, and {@code src/test/c/peer.c}
 * on the host.
 * <pre>GuestSide OWN_CID PORT</pre>
 */
final class GuestSide {
    private static final int BYTES = 1 << 20;
    private static final long UNKNOWN_CID = 4242;

    private GuestSide() { }

    public static void main(String[] args) {
        long cid = Long.parseLong(args[0]);
        Peer host = new Peer(2, Long.parseLong(args[1]));
        Report report = new Report("guest", 300);
        report.step("the identity of this machine", () -> {
            if (Vsock.localCid() != cid)
                throw new AssertionError("local CID " + Vsock.localCid());
            return "CID " + cid;
        });
        for (VsockProtocolFamily family : VsockProtocolFamily.values()) {
            report.step(family + ": Java in the guest sends", () -> {
                try (SocketChannel channel = host.tell(family, "take")) {
                    Peer.sendAll(channel, family, BYTES);
                }
                return BYTES + " bytes, digests agree";
            });
            report.step(family + ": Java in the guest receives", () -> {
                try (SocketChannel channel = host.tell(family, "give " + BYTES)) {
                    Peer.receive(channel, family, BYTES);
                }
                return BYTES + " bytes, digests agree";
            });
        }
        report.step("a port without a listener", () -> refused(new Peer(2, 9)));
        report.step("a CID that no machine has", () -> refused(new Peer(UNKNOWN_CID, 5000)));
        System.exit(report.exitStatus());
    }

    private static String refused(Peer nobody) throws IOException {
        try (SocketChannel channel = nobody.connect(VSOCK)) {
            throw new AssertionError("connected: " + channel);
        } catch (ConnectException | NoRouteToHostException e) {
            return e.getMessage();
        }
    }
}
