// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The kernel's own vsock: AF_VSOCK and {@code struct sockaddr_vm}. */
final class KernelTransport extends Transport {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final String VSOCK_DEVICE = "/dev/vsock";
    private static final String VMCI_DEVICE = "/dev/vmci"; // of older versions of VMware's stack

    /**
     * Before Linux 6.5, sendfile(2) passes pages to a socket one by one, and vsock makes a packet of each. Over the
     * loopback of 6.1 that has 0.4 of the speed of a loop of reads and writes. Since 6.5, it passes up to 16 pages at
     * once.
     */
    private static final boolean SENDFILE_FAST = LinuxRelease.isAtLeast(System.getProperty("os.version"), 6, 5);

    private KernelTransport() {
        super(familyOf(VSOCK_DEVICE, VMCI_DEVICE));
    }

    /** Its type is that of all transports: a program that does not use this one need not load this class. */
    static Transport create() {
        return new KernelTransport();
    }

    /** AF_VSOCK, except on VMware's own stack: its family is a number that was free when it was loaded. */
    private static int familyOf(String device, String olderDevice) {
        int family = NATIVES.addressFamily(device);
        if (family == -Errno.ENOENT)
            family = NATIVES.addressFamily(olderDevice);
        return family > 0 ? family : Constants.AF_VSOCK;
    }

    @Override
    int bind(int fd, long cid, long port) {
        return NATIVES.bind(fd, family, (int) cid, (int) port);
    }

    /**
     * A socket that connects to {@link VsockSocketAddress#CID_LOCAL} is bound to that CID first (if it is bound
     * already, another socket is, for a moment). The bind succeeds exactly if the loopback transport is registered. A
     * kernel without loopback would pass the connection to the transport of the host, and data for this machine would
     * leave it ({@code vsock_assign_transport} of Linux 5.6 to 6.18).
     */
    @Override
    public int connect(int fd, VsockSocketAddress remote, boolean bound, boolean toHost) {
        long cid = remote.getCid();
        boolean toThisMachine = cid == VsockSocketAddress.CID_LOCAL;
        if (!bound) {
            int result = bindClient(fd, toThisMachine ? cid : VsockSocketAddress.CID_ANY);
            if (toThisMachine && result == -Errno.EADDRNOTAVAIL)
                return -Errno.ENODEV;
        } else if (toThisMachine) {
            int result = tryBind(cid);
            if (result < 0)
                return result == -Errno.EADDRNOTAVAIL ? -Errno.ENODEV : result;
        }
        return NATIVES.connect(fd, family, (int) cid, (int) remote.getVsockPort(),
            toHost ? Constants.VMADDR_FLAG_TO_HOST : 0);
    }

    /** Nothing to do: the kernel ends the peers' streams. */
    @Override
    public void end(int fd, boolean selected) { }

    /** The kernel reports the flag that it was given, and for an accepted connection its own (Linux 5.11 to 6.18). */
    @Override
    public boolean isToHost(int fd, boolean requested) {
        int flags = NATIVES.remoteFlags(fd);
        return flags < 0 ? requested : (flags & Constants.VMADDR_FLAG_TO_HOST) != 0;
    }

    /** The kernel itself takes the wildcard CID for this machine's ({@code vsock_dgram_sendmsg} of Linux 6.1). */
    @Override
    public int sendTo(int fd, long address, int length, VsockSocketAddress remote) {
        return NATIVES.sendTo(fd, address, length, family, (int) remote.getCid(), (int) remote.getVsockPort());
    }

    @Override
    public TransportOptions settings(int fd) {
        return new KernelOptions(fd, family);
    }

    /** The kernel has inherited the options. */
    @Override
    public TransportOptions inheritedSettings(int fd, TransportOptions listener) {
        return settings(fd);
    }

    @Override
    public int sendRecord(int fd, long address, int length, boolean wait) {
        return NATIVES.sendRecord(fd, address, length, wait);
    }

    @Override
    public boolean isSendingRecordsBlocking() {
        return true;
    }

    /**
     * On a machine that is not a guest and has loopback beside VMCI, /dev/vsock reports loopback's CID, but VMCI uses
     * the host's.
     */
    @Override
    long datagramCid() {
        long cid = localCid();
        return cid == VsockSocketAddress.CID_LOCAL ? VsockSocketAddress.CID_HOST : cid;
    }

    /**
     * When the machine of the peer has ended, a receive of streams returns the error that the kernel has set. One of
     * records reports the end of the stream, and the error stays in {@code SO_ERROR} (vhost_vsock_reset_orphans,
     * __vsock_seqpacket_recvmsg, 6.1).
     */
    @Override
    public boolean isReset(int fd, boolean records) {
        return records && takeError(fd) == Errno.ECONNRESET;
    }

    @Override
    public boolean isSendfileFast() {
        return SENDFILE_FAST;
    }

    @Override
    public long localCid() {
        return NATIVES.localCid();
    }

    @Override
    public String localCidSource() {
        return VSOCK_DEVICE + " (IOCTL_VM_SOCKETS_GET_LOCAL_CID)";
    }

    /** By the CID, or by the driver's devices: Hyper-V never reports a CID. */
    @Override
    public boolean hasGuestDevice() {
        long cid = localCid();
        return cid > VsockSocketAddress.CID_HOST && cid != VsockSocketAddress.CID_ANY
            || hasDevice("/sys/bus/virtio/drivers/vmw_vsock_virtio_transport")
            || hasDevice("/sys/bus/vmbus/drivers/hv_sock");
    }

    /** Whether a driver has a device: its folder in sysfs has a link for each. */
    private static boolean hasDevice(String driver) {
        try (Stream<Path> entries = Files.list(Path.of(driver))) {
            return entries.anyMatch(entry -> Files.isSymbolicLink(entry) && !entry.endsWith("module"));
        } catch (IOException noSuchDriver) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "kernel";
    }
}
