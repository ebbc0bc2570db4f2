package io.niovsock;

import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.provider.Availability;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Facts about this machine, asked of the kernel (or of the emulated transport) at each call: a snapshot or a migration
 * can change them under a running program. No call sends anything. Safe for use by several threads.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public final class Vsock {
    private Vsock() { }

    /**
     * Whether this JVM can have vsock: whether the native library fits it, and this library knows the JDK. Where not, channels
     * and selectors are the platform's own, and {@link #unavailabilityCause()} is why. Whether the kernel has vsock is another
     * matter, for {@link #role()} and {@link #report()}.
     *
     * @return whether channels of this JVM can be vsock
     */
    public static boolean isAvailable() {
        return unavailabilityCause() == null;
    }

    /**
     * Why this JVM cannot have vsock. The first call, if no channel or selector has been opened before, loads the native library.
     *
     * @return an exception or error that says so, or null where vsock {@link #isAvailable()}
     */
    public static Throwable unavailabilityCause() {
        try {
            Throwable cause = Availability.cause();
            if (cause == null)
                Availability.requireSettings();
            return cause;
        } catch (IOException | IllegalArgumentException e) {
            return e;
        }
    }

    /**
     * The CID of this machine, as {@code /dev/vsock} tells it: 2 on a host, 1 where there is only loopback, 3 or more in a
     * virtual machine. {@link VsockSocketAddress#CID_ANY} means that the transport does not know it (Hyper-V never does,
     * others not yet). A process can use vsock without being allowed to open {@code /dev/vsock}.
     *
     * @return the CID, 0 to 2^32-1
     * @throws IOException if the kernel does not tell, or vsock is not available, with the reason
     * @throws IllegalArgumentException if a system property of this library cannot be read
     */
    public static long localCid() throws IOException {
        Availability.require();
        long cid = Transport.current(MethodHandles.lookup()).localCid();
        if (cid < 0)
            throw Errno.localCidFailed((int) -cid);
        return cid;
    }

    /**
     * How {@link #localCid()} is known: the device and the call, or the system property of the emulated transport.
     *
     * @return the source, in words; where vsock is not available, why not
     */
    public static String localCidSource() {
        Throwable cause = unavailabilityCause();
        return cause == null ? Transport.current(MethodHandles.lookup()).localCidSource() : "none (" + cause.getMessage() + ')';
    }

    /**
     * The address family of vsock here: 40, except on VMware's own stack, where it is whatever number was free and is asked of
     * {@code /dev/vsock} or {@code /dev/vmci} once; on the emulated transport 1, that of AF_UNIX.
     *
     * @return the number of the family
     * @throws UnsupportedOperationException if vsock is not available, with the reason
     */
    public static int addressFamily() {
        Throwable cause = unavailabilityCause();
        if (cause != null)
            throw new UnsupportedOperationException(Availability.text(cause), cause);
        return Transport.current(MethodHandles.lookup()).family();
    }

    /** What a machine is to others, by way of vsock. */
    public enum Role {
        /** It reaches nobody: no transport is there. */
        NONE,
        /** It reaches itself alone. */
        LOOPBACK_ONLY,
        /** It is a virtual machine, and reaches its host. */
        GUEST,
        /** It reaches the virtual machines that it runs. */
        HOST,
        /** It is a virtual machine that runs others. */
        GUEST_AND_HOST
    }

    /**
     * What this machine is: a host where a socket can be bound to {@link VsockSocketAddress#CID_HOST}, a guest where its own
     * CID or a driver says so. Whether there is loopback beside, {@link #isLoopbackAvailable()} tells.
     *
     * @return the role; {@link Role#NONE} where vsock is not available
     */
    public static Role role() {
        if (!isAvailable())
            return Role.NONE;
        boolean guest = Transport.current(MethodHandles.lookup()).hasGuestDevice();
        boolean host = Transport.current(MethodHandles.lookup()).tryBind(VsockSocketAddress.CID_HOST) == 0;
        return guest && host ? Role.GUEST_AND_HOST
            : guest ? Role.GUEST
            : host ? Role.HOST
            : isLoopbackAvailable() ? Role.LOOPBACK_ONLY : Role.NONE;
    }

    /** {@return whether a transport carries datagrams} Of the kernel's transports, only VMCI does. */
    public static boolean isDatagramAvailable() {
        return isAvailable() && Transport.current(MethodHandles.lookup()).tryDatagrams() == 0;
    }

    /**
     * What there is of vsock here, in words, a line each: {@code name: answer}. What is not there comes with the kernel's
     * reason and with what would help. For people to read; the other methods are for programs.
     *
     * <p> The first line says whether vsock is available at all, and why not; the second whose channels
     * {@code SocketChannel.open()} of this JVM opens, and what helps if they are not this library's.
     *
     * @return the lines
     */
    public static List<String> report() {
        List<String> lines = new ArrayList<>();
        Throwable cause = unavailabilityCause();
        lines.add("available: " + (cause == null ? "yes" : "no (" + cause.getMessage() + ')'));
        String another = JvmProvider.anotherOrNull();
        lines.add("SocketChannel.open(): " + (another != null ? another
            : cause == null ? "of nio-vsock" : "of nio-vsock, which hands out the platform's channels"));
        lines.add("transport: " + transport());
        if (cause == null)
            addFacts(lines, Transport.current(MethodHandles.lookup()));
        return List.copyOf(lines);
    }

    private static void addFacts(List<String> lines, Transport transport) {
        String cid;
        try {
            cid = localCid() + ", by " + localCidSource();
        } catch (IOException e) {
            cid = "unknown: " + e.getMessage();
        }
        lines.add("address family: " + addressFamily());
        lines.add("local CID: " + cid);
        lines.add("role: " + role().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        lines.add("loopback: " + answer(transport.tryBind(VsockSocketAddress.CID_LOCAL), "modprobe vsock_loopback"));
        lines.add("host: " + answer(transport.tryBind(VsockSocketAddress.CID_HOST), "to run virtual machines: modprobe vhost_vsock"));
        lines.add("guest: " + (transport.hasGuestDevice() ? "yes"
            : "no (no vsock device in this machine; in a virtual machine that has one: modprobe vmw_vsock_virtio_transport)"));
        lines.add("datagrams: " + answer(transport.tryDatagrams(), "modprobe vmw_vmci vmw_vsock_vmci_transport"));
    }

    private static String answer(int result, String cure) {
        return result == 0 ? "yes" : "no (" + Errno.text(-result) + "; " + cure + ")";
    }

    /**
     * Whether this machine can reach itself by {@link VsockSocketAddress#CID_LOCAL}. On Linux that takes the module
     * {@code vsock_loopback} (5.6 and newer); the probe is a bind, which succeeds exactly when it is loaded.
     *
     * @return whether there is loopback
     */
    public static boolean isLoopbackAvailable() {
        return isAvailable() && Transport.current(MethodHandles.lookup()).isLoopbackAvailable();
    }

    /**
     * The transport of this JVM: {@code kernel}, or {@code emulated} where the system property
     * {@code io.niovsock.transport} says so.
     *
     * @return what the system property says, whether vsock is available or not
     */
    public static String transport() {
        return Transport.name();
    }
}
