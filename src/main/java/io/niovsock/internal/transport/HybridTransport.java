// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Errno;

import java.io.IOException;

/**
 * Streams between the host and its {@linkplain AttachedGuests attached guests}, over the AF_UNIX sockets of their
 * virtual machine monitors. It stands beside the transport of the JVM: a socket gets it when it connects to an attached
 * guest, or is accepted from one. If the kernel has no vsock, new sockets have it, too.
 *
 * <p> How a connect reaches the guest's port is the channel's part, since it takes several steps.
 */
public final class HybridTransport extends UnixTransport {
    private static final VsockSocketAddress HOST = VsockSocketAddress.of(VsockSocketAddress.CID_HOST,
        VsockSocketAddress.PORT_ANY);

    HybridTransport() { }

    /** Nothing is bound: a guest does not see the address. */
    @Override
    int bind(int fd, long cid, long port) {
        return cid == VsockSocketAddress.CID_HOST || cid == VsockSocketAddress.CID_ANY ? 0 : -Errno.EADDRNOTAVAIL;
    }

    /** An attached guest is reached by several steps; no other machine is reached without the kernel's vsock. */
    @Override
    public int connect(int fd, VsockSocketAddress remote, boolean bound, boolean toHost) {
        return -Errno.EAFNOSUPPORT;
    }

    @Override
    public int sendTo(int fd, long address, int length, VsockSocketAddress remote) {
        return -Errno.EOPNOTSUPP;
    }

    @Override
    long datagramCid() {
        return -Errno.EOPNOTSUPP;
    }

    /** The port of this side is the monitor's choice, and not all monitors report it. */
    @Override
    public VsockSocketAddress acceptedEndpoint(int fd, VsockSocketAddress peer) {
        return connectedEndpoint();
    }

    /** The local endpoint of a connection to a guest. */
    public static VsockSocketAddress connectedEndpoint() {
        return HOST;
    }

    @Override
    public boolean owns(int fd) {
        return false;
    }

    /** Options like others, for a listener without a socket of its own: accepted connections inherit them. */
    public TransportOptions settingsWithoutSocket(TransportOptions others) throws IOException {
        return new EmulatedOptions(EmulatedOptions.NONE, others);
    }

    @Override
    public int sendRecord(int fd, long address, int length, boolean wait) {
        return -Errno.EOPNOTSUPP;
    }

    @Override
    public long localCid() {
        return VsockSocketAddress.CID_HOST;
    }

    @Override
    public String localCidSource() {
        return "attached guests";
    }

    @Override
    public boolean hasGuestDevice() {
        return false;
    }

    @Override
    public String toString() {
        return "hybrid";
    }
}
