// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Vsock over AF_UNIX sockets, for development, tests and kernels without vsock. An endpoint is the abstract name
 * {@code niovsock/CID/PORT}, in decimal, so processes of one machine reach each other. The system property
 * {@value #LOCAL_CID_PROPERTY} gives the CID of a process, by default 2, the host. Processes with the same
 * {@value #NAMESPACE_PROPERTY} use names {@code niovsock/NAMESPACE/CID/PORT}, and reach only each other. Machines of
 * the test kit ({@link EmulatedMachine}) have further names.
 *
 * <p> A socket bound to any CID has the CID of its process in its name. {@code native/emulation.c} makes up for
 * differences between AF_UNIX and the kernel's vsock, as far as that is possible; docs/transports.md lists the others.
 */
class EmulatedTransport extends UnixTransport {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    static final String LOCAL_CID_PROPERTY = "io.niovsock.localCid";
    static final String NAMESPACE_PROPERTY = "io.niovsock.emulated.namespace";

    private static final long FIRST_UNPRIVILEGED_PORT = 1024;
    private static final int BIND_ATTEMPTS = 100;
    private static final int MAX_DATAGRAM = 17 * 4096 - 24; // VMCI's, less its header (VMCI_MAX_DG_SIZE of Linux 6.1)

    private final long localCid;

    EmulatedTransport(long localCid) {
        this.localCid = localCid;
    }

    /**
     * That of a whole process, as the system properties describe it. Its type is that of all transports: a program that
     * does not use this one need not load this class.
     */
    static Transport ofProcess() {
        EmulatedTransport transport = new EmulatedTransport(localCidOfProcess());
        useNamespace(System.getProperty(NAMESPACE_PROPERTY));
        return transport;
    }

    private static long localCidOfProcess() {
        String text = System.getProperty(LOCAL_CID_PROPERTY);
        if (text == null)
            return VsockSocketAddress.CID_HOST;
        long cid;
        try {
            cid = VsockSocketAddress.parse("vsock:" + text + ":any").getCid();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("-D" + LOCAL_CID_PROPERTY + "=" + text + ": expected a CID", e);
        }
        if (!isOfMachine(cid))
            throw new IllegalArgumentException("-D" + LOCAL_CID_PROPERTY + "=" + text
                + ": not a CID that a machine can have");
        return cid;
    }

    /** Whether a guest or a host can have the CID. */
    static boolean isOfMachine(long cid) {
        return cid >= VsockSocketAddress.CID_HOST && cid < VsockSocketAddress.CID_ANY;
    }

    /** @param name the namespace; null: the one of all processes without the property */
    private static void useNamespace(String name) {
        if (name == null)
            return;
        if (!name.matches("[A-Za-z0-9._-]{1,64}") || NATIVES.useNamespace(name) < 0)
            throw new IllegalArgumentException("-D" + NAMESPACE_PROPERTY + "=" + name
                + ": expected 1 to 64 letters, digits, dots, underscores or hyphens");
    }

    /** The family of the names of endpoints at a CID, with the number of their network. */
    int familyOf(long cid) {
        return family;
    }

    /** A CID as it is in the name of a socket that is bound to it. */
    private long named(long cid) {
        return cid == VsockSocketAddress.CID_ANY ? localCid() : cid;
    }

    @Override
    int bind(int fd, long cid, long port) {
        if (cid != VsockSocketAddress.CID_ANY && cid != VsockSocketAddress.CID_LOCAL && cid != localCid())
            return -Errno.EADDRNOTAVAIL;
        long named = named(cid);
        if (port != VsockSocketAddress.PORT_ANY)
            return NATIVES.bind(fd, familyOf(named), (int) named, (int) port);
        int result = -Errno.EADDRINUSE;
        for (int i = 0; i < BIND_ATTEMPTS && result == -Errno.EADDRINUSE; i++) {
            long random = ThreadLocalRandom.current().nextLong(FIRST_UNPRIVILEGED_PORT, VsockSocketAddress.PORT_ANY);
            result = NATIVES.bind(fd, familyOf(named), (int) named, (int) random);
        }
        return result;
    }

    /**
     * A socket bound to any CID has only its process's CID in its name. The name of a socket at that CID does not tell
     * whether it is bound to any CID. So both share their ports with {@link VsockSocketAddress#CID_LOCAL}, whose name
     * needs a check of its own. The kernel reserves low ports (vsock_bind_connectible of Linux 6.1).
     */
    @Override
    int bindAlone(int fd, long cid, long port) {
        if (port < PRIVILEGED_PORTS && !NATIVES.mayBindPrivilegedPort())
            return -Errno.EACCES;
        if (port == VsockSocketAddress.PORT_ANY)
            return bind(fd, cid, port);
        long other = cid == VsockSocketAddress.CID_LOCAL ? localCid()
            : named(cid) == localCid() ? VsockSocketAddress.CID_LOCAL : cid;
        int result = lookUp(fd, named(cid), other, port);
        return result < 0 ? result : bind(fd, cid, port);
    }

    /** 0 if no socket has the port at either CID; otherwise {@code -EADDRINUSE}, or why that cannot be found out. */
    final int lookUp(int fd, long cid, long other, long port) {
        int taken = NATIVES.isTakenEmulated(fd, familyOf(cid), (int) cid, familyOf(other), (int) other, (int) port);
        return taken > 0 ? -Errno.EADDRINUSE : taken;
    }

    /**
     * AF_UNIX connects, and refuses, at once. Vsock never does: a program learns the result when it finishes the
     * connect.
     */
    @Override
    public int connect(int fd, VsockSocketAddress remote, boolean bound, boolean toHost) {
        long cid = remote.getCid();
        if (!bound) { // so that the acceptor sees an endpoint
            int result = bindClient(fd, cid == VsockSocketAddress.CID_LOCAL ? cid : localCid());
            if (result < 0)
                return result;
        }
        int result = tryConnect(fd, cid, remote.getVsockPort());
        boolean refused = result == -Errno.ECONNREFUSED || result == -Errno.EAGAIN; // EAGAIN: the backlog is full
        return refused ? NATIVES.refuseEmulated(fd) : result == 0 ? -Errno.EINPROGRESS : result;
    }

    /** Connects to whichever of the names of an endpoint a socket listens at. */
    int tryConnect(int fd, long cid, long port) {
        int result = connectTo(fd, cid, port);
        return cid == VsockSocketAddress.CID_LOCAL && result == -Errno.ECONNREFUSED
            ? connectTo(fd, localCid(), port) : result;
    }

    final int connectTo(int fd, long cid, long port) {
        return NATIVES.connect(fd, familyOf(cid), (int) cid, (int) port, 0);
    }

    /** A datagram without a receiver is lost. */
    @Override
    public int sendTo(int fd, long address, int length, VsockSocketAddress remote) {
        if (length > MAX_DATAGRAM)
            return -Errno.EMSGSIZE;
        long cid = remote.getCid() == VsockSocketAddress.CID_ANY ? localCid() : remote.getCid();
        int port = (int) remote.getVsockPort();
        int result = NATIVES.sendTo(fd, address, length, familyOf(cid), (int) cid, port);
        if (cid == VsockSocketAddress.CID_LOCAL && result == -Errno.ECONNREFUSED)
            result = NATIVES.sendTo(fd, address, length, familyOf(localCid()), (int) localCid(), port);
        return result == -Errno.ECONNREFUSED ? length : result;
    }

    /** An AF_UNIX socket is vsock if one of its ends has the name of an endpoint. */
    @Override
    public boolean owns(int fd) {
        int[] endpoint = new int[2];
        return super.owns(fd)
            && (NATIVES.localEndpoint(fd, endpoint) == 0
            && endpoint(endpoint).getVsockPort() != VsockSocketAddress.PORT_ANY
                || NATIVES.remoteEndpoint(fd, endpoint) == 0
                && endpoint(endpoint).getVsockPort() != VsockSocketAddress.PORT_ANY);
    }

    /** A connection made through loopback has the local CID 1, even if the listener is bound to any CID. */
    @Override
    public VsockSocketAddress acceptedEndpoint(int fd, VsockSocketAddress peer) throws IOException {
        VsockSocketAddress local = localEndpoint(fd);
        return peer.getCid() == VsockSocketAddress.CID_LOCAL
            ? VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, local.getVsockPort()) : local;
    }

    /** A record of AF_UNIX must fit in the sender's buffer. */
    @Override
    public int sendRecord(int fd, long address, int length, boolean wait) {
        int flags = wait ? 0 : Constants.MSG_DONTWAIT;
        int n = NATIVES.send(fd, address, length, flags);
        if (n == -Errno.EMSGSIZE && NATIVES.setInt(fd, Constants.SOL_SOCKET, Constants.SO_SNDBUF, length) == 0)
            n = NATIVES.send(fd, address, length, flags);
        return n;
    }

    @Override
    long datagramCid() {
        return localCid();
    }

    /** A socket that is bound to any CID has only one name, that of the machine's own. */
    @Override
    public boolean isAlsoLocal(long cid) {
        return cid == localCid();
    }

    @Override
    public long localCid() {
        return localCid;
    }

    @Override
    public String localCidSource() {
        return "-D" + LOCAL_CID_PROPERTY + (System.getProperty(LOCAL_CID_PROPERTY) == null ? ", not set" : "");
    }

    @Override
    public boolean hasGuestDevice() {
        return localCid() != VsockSocketAddress.CID_HOST;
    }

    @Override
    public String toString() {
        return "emulated";
    }
}
