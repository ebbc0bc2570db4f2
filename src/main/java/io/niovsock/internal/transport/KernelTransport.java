package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;

/** The kernel's own vsock: AF_VSOCK and {@code struct sockaddr_vm}. */
final class KernelTransport extends Transport {
    KernelTransport() {
        super(Constants.AF_VSOCK);
    }

    @Override
    int bind(int fd, long cid, long port) {
        return Natives.bind(fd, family, (int) cid, (int) port);
    }

    /**
     * A socket that connects to {@link VsockSocketAddress#CID_LOCAL} is bound to it first: that works exactly where the
     * loopback transport is registered. A kernel without it would hand the connection to the transport of the host, and
     * what was meant for this machine would leave it ({@code vsock_assign_transport} of Linux 5.6 to 6.18).
     */
    @Override
    public int connect(int fd, VsockSocketAddress remote, boolean bound, boolean toHost) {
        long cid = remote.getCid();
        if (cid == VsockSocketAddress.CID_LOCAL) {
            boolean loopback = bound ? isLoopbackAvailable() : bind(fd, cid, VsockSocketAddress.PORT_ANY) == 0;
            if (!loopback)
                return -Errno.ENODEV;
        }
        return Natives.connect(fd, family, (int) cid, (int) remote.getVsockPort(), toHost ? Constants.VMADDR_FLAG_TO_HOST : 0);
    }

    /** The kernel reports what it was given, and for an accepted connection what it has found (Linux 5.11 to 6.18). */
    @Override
    public boolean isToHost(int fd, boolean wish) {
        int flags = Natives.remoteFlags(fd);
        return flags < 0 ? wish : (flags & Constants.VMADDR_FLAG_TO_HOST) != 0;
    }

    /** The kernel itself takes the wildcard CID for the own one ({@code vsock_dgram_sendmsg} of Linux 6.1). */
    @Override
    public int sendTo(int fd, long address, int length, VsockSocketAddress remote) {
        return Natives.sendTo(fd, address, length, family, (int) remote.getCid(), (int) remote.getVsockPort());
    }

    @Override
    public SocketSettings settings(int fd) {
        return new KernelSettings(fd, family);
    }

    /** The kernel has let it inherit. */
    @Override
    public SocketSettings inheritedSettings(int fd, SocketSettings listener) {
        return settings(fd);
    }

    @Override
    public int sendRecord(int fd, long address, int length, boolean wait) {
        return Natives.sendRecord(fd, address, length, wait);
    }

    @Override
    public boolean isSendingRecordsBlocking() {
        return true;
    }

    @Override
    public long localCid() {
        return Natives.localCid();
    }

    @Override
    public boolean isLoopbackAvailable() {
        int fd = Natives.socket(family, Constants.SOCK_STREAM);
        if (fd < 0)
            return false;
        try {
            return bind(fd, VsockSocketAddress.CID_LOCAL, VsockSocketAddress.PORT_ANY) == 0;
        } finally {
            Natives.close(fd);
        }
    }

    @Override
    public String toString() {
        return "kernel";
    }
}
