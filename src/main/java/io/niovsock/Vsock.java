package io.niovsock;

import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;

/**
 * Facts about this machine, asked of the kernel (or of the emulated transport) at each call: a snapshot or a migration
 * can change them under a running program. No call sends anything. Safe for use by several threads.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public final class Vsock {
    private Vsock() { }

    /**
     * The CID of this machine, as {@code /dev/vsock} tells it: 2 on a host, 1 where there is only loopback, 3 or more in a
     * virtual machine. {@link VsockSocketAddress#CID_ANY} means that the transport does not know it (Hyper-V never does,
     * others not yet). A process can use vsock without being allowed to open {@code /dev/vsock}.
     *
     * @return the CID, 0 to 2^32-1
     * @throws IOException if the kernel does not tell, with the reason
     */
    public static long localCid() throws IOException {
        long cid = Transport.current().localCid();
        if (cid < 0)
            throw Errno.localCidFailed((int) -cid);
        return cid;
    }

    /**
     * Whether this machine can reach itself by {@link VsockSocketAddress#CID_LOCAL}. On Linux that takes the module
     * {@code vsock_loopback} (5.6 and newer); the probe is a bind, which succeeds exactly when it is loaded.
     */
    public static boolean isLoopbackAvailable() {
        return Transport.current().isLoopbackAvailable();
    }

    /**
     * The transport of this JVM: {@code kernel}, or {@code emulated} where the system property
     * {@code io.niovsock.transport} says so.
     */
    public static String transport() {
        return Transport.current().toString();
    }
}
