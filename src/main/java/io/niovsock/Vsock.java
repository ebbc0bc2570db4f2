// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import io.niovsock.internal.address.AcceptRule;
import io.niovsock.internal.address.AcceptRules;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Use;
import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.monitor.Counters;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.net.CaughtSockets;
import io.niovsock.internal.provider.Availability;
import io.niovsock.internal.provider.InheritedSockets;
import io.niovsock.internal.transport.AttachedGuest;
import io.niovsock.internal.transport.AttachedGuests;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.NetPermission;
import java.net.SocketAddress;
import java.nio.channels.Channel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The state of vsock in this JVM and on this machine. {@link #transport()} and {@link #addressFamily()} stay the same
 * for the life of the JVM. All else is asked at each call, of the kernel or of the emulated transport, since a snapshot
 * or a migration can change it under a running program. No call sends anything.
 *
 * <p> No method throws an {@code Error} where the native library cannot be loaded; {@link #unavailabilityCause()} has
 * the reason then. Safe for use by several threads.
 *
 * @since 0.1
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public final class Vsock {
    private Vsock() { }

    /**
     * Returns whether channels of this JVM can be vsock: the native library fits the machine, and this library knows
     * the JDK. If not, channels and selectors are the platform's own, and {@link #unavailabilityCause()} is the reason.
     * The answer says nothing about the kernel; {@link #role()} and {@link #report()} do.
     *
     * <p> The answer is that of the last attempt to load the native library. An operation that needs vsock tries again,
     * because some causes pass, such as a full temporary folder.
     *
     * @return whether channels of this JVM can be vsock
     */
    public static boolean isAvailable() {
        return unavailabilityCause() == null;
    }

    /**
     * Returns why channels of this JVM cannot be vsock. The first call loads the native library, unless a channel or a
     * selector has been opened before.
     *
     * @return an exception or error with the reason, or null if vsock {@link #isAvailable()}
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
     * Returns the CID of this machine, as {@code /dev/vsock} knows it: 2 on a host, 1 where there is only loopback, 3
     * or more in a virtual machine. {@link VsockSocketAddress#CID_ANY} means that the transport does not know it
     * (Hyper-V never does, others not until they are connected to a host). A process can use vsock without permission
     * to open {@code /dev/vsock}.
     *
     * @return the CID, 0 to 2^32-1
     * @throws IOException if the device cannot be asked, or vsock is not available, with the reason
     * @throws IllegalArgumentException if a system property of this library is malformed
     */
    public static long localCid() throws IOException {
        Availability.require();
        long cid = currentTransport().localCid();
        if (cid < 0)
            throw Errno.localCidFailed((int) -cid);
        return cid;
    }

    /**
     * Returns where {@link #localCid()} comes from: a device and an ioctl, or the system property of the emulated
     * transport.
     *
     * @return the source, in words; if vsock is not available, the reason
     */
    public static String localCidSource() {
        Throwable cause = unavailabilityCause();
        return cause == null ? currentTransport().localCidSource() : "none (" + cause.getMessage() + ')';
    }

    /**
     * Returns the number of the address family. It is 40 on Linux. VMware's own stack takes whatever number is free; it
     * is read from {@code /dev/vsock} or {@code /dev/vmci}, once. On the emulated transport it is 1, that of AF_UNIX.
     *
     * @return the number of the family
     * @throws UnsupportedOperationException if vsock is not available, with the reason
     */
    public static int addressFamily() {
        Throwable cause = unavailabilityCause();
        if (cause != null)
            throw new UnsupportedOperationException(Availability.text(cause), cause);
        return currentTransport().family();
    }

    /**
     * The part that a machine plays in vsock.
     *
     * @since 0.1
     */
    public enum Role {
        /** No transport is present: the machine reaches no endpoint. */
        NONE,
        /** The machine reaches only itself. */
        LOOPBACK_ONLY,
        /** The machine is a virtual machine, and reaches its host. */
        GUEST,
        /** The machine reaches the virtual machines that it runs. */
        HOST,
        /** The machine is a virtual machine that runs virtual machines. */
        GUEST_AND_HOST
    }

    /**
     * Returns the part that this machine plays: a host if a socket can be bound to {@link VsockSocketAddress#CID_HOST},
     * or a guest is {@linkplain #attach attached} to this JVM, since listeners can then be bound to that CID; a guest
     * if its own CID or a driver says so. {@link #isLoopbackAvailable()} says whether it also has loopback.
     *
     * @return the role; {@link Role#NONE} if vsock is not available
     */
    public static Role role() {
        if (!isAvailable())
            return Role.NONE;
        boolean guest = currentTransport().hasGuestDevice();
        boolean host = !AttachedGuests.all().isEmpty()
            || currentTransport().tryBind(VsockSocketAddress.CID_HOST) == 0;
        return guest && host ? Role.GUEST_AND_HOST
            : guest ? Role.GUEST
            : host ? Role.HOST
            : isLoopbackAvailable() ? Role.LOOPBACK_ONLY : Role.NONE;
    }

    /** {@return whether datagrams are available} Of the kernel's transports, only VMCI carries them. */
    public static boolean isDatagramAvailable() {
        return isAvailable() && currentTransport().tryDatagrams() == 0;
    }

    /**
     * Returns whether this machine can reach itself by {@link VsockSocketAddress#CID_LOCAL}. On Linux that takes the
     * module {@code vsock_loopback} (5.6 and newer). The probe is a bind, which succeeds exactly if the module is
     * loaded.
     *
     * @return whether loopback is available
     */
    public static boolean isLoopbackAvailable() {
        return isAvailable() && currentTransport().isLoopbackAvailable();
    }

    /**
     * Returns the name of this JVM's transport: {@code kernel}, or {@code emulated} if the system property
     * {@code io.niovsock.transport} says so. A thread that acts as a machine of the test kit has the emulated one.
     *
     * @return the value of the system property, even if it names no transport or vsock is not available
     */
    public static String transport() {
        return Transport.name();
    }

    /**
     * Describes the vsock support of this JVM and this machine, one line per fact: {@code name: answer}. A line about a
     * missing feature has the kernel's reason and a cure. The lines are for people and may change; programs call the
     * other methods.
     *
     * <p> The first line says whether vsock is available, and why not. The second and third name the providers whose
     * channels {@code SocketChannel.open()} and {@code AsynchronousSocketChannel.open()} open in this JVM, and a cure
     * if they are not this library's. The next ones say the same of the sockets of {@code java.net}, and which Internet
     * addresses are vsock.
     *
     * @return the lines
     */
    public static List<String> report() {
        List<String> lines = new ArrayList<>();
        Throwable cause = unavailabilityCause();
        lines.add("available: " + (cause == null ? "yes" : "no (" + cause.getMessage() + ')'));
        lines.add("SocketChannel.open(): " + whose(JvmProvider.anotherOrNull(), cause));
        lines.add("AsynchronousSocketChannel.open(): " + whose(JvmProvider.anotherAsynchronousOrNull(), cause));
        lines.add("java.net sockets: " + whose(CaughtSockets.Kind.PLAIN,
            "-javaagent:nio-vsock.jar or VsockSocketImplFactory.install() makes them nio-vsock's"));
        lines.add("Socket(Proxy): " + whose(CaughtSockets.Kind.PROXIED,
            "-javaagent:nio-vsock.jar makes it nio-vsock's"));
        lines.add("DatagramSocket: " + whose(CaughtSockets.Kind.DATAGRAM,
            "-javaagent:nio-vsock.jar makes it nio-vsock's; a DatagramChannel, and its socket(), become vsock anyway"));
        lines.add("rules: " + AddressResolver.describeRules());
        lines.add("accept rules: " + AcceptRules.describe() + "; connections refused: " + Counters.refusals());
        lines.add("transport: " + transport());
        if (cause == null)
            addFacts(lines, currentTransport());
        return List.copyOf(lines);
    }

    private static String whose(CaughtSockets.Kind sockets, String cure) {
        return CaughtSockets.has(sockets) ? "of nio-vsock" : "the platform's (" + cure + ')';
    }

    private static String whose(String anotherOrNull, Throwable cause) {
        return anotherOrNull != null ? anotherOrNull
            : cause == null ? "of nio-vsock" : "of nio-vsock, which hands out the platform's channels";
    }

    private static void addFacts(List<String> lines, Transport transport) {
        String cid;
        try {
            cid = localCid() + ", by " + localCidSource();
        } catch (IOException e) {
            cid = "unknown: " + e.getMessage();
        }
        int sockets = transport.trySocket();
        lines.add("address family: " + addressFamily());
        lines.add("sockets of that family: " + answer(sockets, isDenied(sockets)
            ? "a filter forbids them: allow socket(AF_VSOCK) in the seccomp profile of the container, or in"
                + " RestrictAddressFamilies= of the service"
            : "modprobe vsock"));
        lines.add("local CID: " + cid);
        lines.add("role: " + role().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        lines.add("loopback: "
            + answer(transport.tryBind(VsockSocketAddress.CID_LOCAL), cure("vsock_loopback", sockets)));
        List<AttachedGuest> guests = AttachedGuests.all();
        int host = transport.tryBind(VsockSocketAddress.CID_HOST);
        lines.add("host: " + (host == 0 || guests.isEmpty()
            ? answer(host, "to run virtual machines: " + cure("vhost_vsock", sockets))
            : "of attached guests only (" + Errno.text(-host) + "; for others: modprobe vhost_vsock)"));
        lines.add("guest: " + (transport.hasGuestDevice() ? "yes"
            : "no (no vsock device in this machine; in a virtual machine that has one: "
                + "modprobe vmw_vsock_virtio_transport)"));
        lines.add("attached guests: " + (guests.isEmpty() ? "none"
            : guests.stream().map(AttachedGuest::toString).collect(Collectors.joining(", "))));
        lines.add("datagrams: " + answer(transport.tryDatagrams(), cure("vmw_vsock_vmci_transport", sockets)));
    }

    /** The kernel loads no module that helps a process which may not have such a socket. */
    private static String cure(String module, int sockets) {
        return isDenied(sockets) ? "no socket of that family is allowed" : "modprobe " + module;
    }

    private static boolean isDenied(int result) {
        return result == -Errno.EPERM || result == -Errno.EACCES;
    }

    private static String answer(int result, String cure) {
        return result == 0 ? "yes" : "no (" + Errno.text(-result) + "; " + cure + ")";
    }

    /**
     * Explains how channels of this library treat an address: as a vsock endpoint, and by which rule, or as the
     * platform's; by which address a socket that a rule made vsock reports a vsock endpoint; and from which peers a
     * listener there accepts, if a rule of {@code io.niovsock.acceptFrom} says so. If {@code SocketChannel.open()} of
     * this JVM opens channels of another provider, or vsock is not available, the text also says so, with a cure.
     *
     * @param address any socket address
     * @return the explanation, one sentence for people
     * @throws IllegalArgumentException if {@code io.niovsock.rules} is malformed
     * @throws NullPointerException if the address is null
     */
    public static String explain(SocketAddress address) {
        String explanation = AddressResolver.explain(Objects.requireNonNull(address, "address"));
        Throwable cause = unavailabilityCause();
        AttachedGuest guest = cause == null ? guestOrNull(address) : null;
        if (guest != null)
            explanation += "; the guest is attached, by " + guest.socket();
        AcceptRule rule = cause == null ? acceptRuleOrNull(address) : null;
        if (rule != null)
            explanation += "; a listener at this port accepts from " + rule.peers() + ", by " + rule;
        if (cause != null)
            explanation += "; but " + Availability.text(cause);
        String another = JvmProvider.anotherOrNull();
        if (another != null)
            explanation += "; but SocketChannel.open() of this JVM is " + another;
        return explanation;
    }

    private static AttachedGuest guestOrNull(SocketAddress address) {
        VsockSocketAddress endpoint = endpointOrNull(address, Use.CONNECT);
        return endpoint == null ? null : AttachedGuests.findOrNull(endpoint.getCid());
    }

    private static AcceptRule acceptRuleOrNull(SocketAddress address) {
        VsockSocketAddress endpoint = endpointOrNull(address, Use.BIND);
        return endpoint == null || !mayListenAt(endpoint) ? null : AcceptRules.findOrNull(endpoint.getVsockPort());
    }

    /** Whether that is an endpoint of this machine, and its port is known. */
    private static boolean mayListenAt(VsockSocketAddress endpoint) {
        long cid = endpoint.getCid();
        long port = endpoint.getVsockPort();
        if (port == 0 || port == VsockSocketAddress.PORT_ANY)
            return false;
        if (cid == VsockSocketAddress.CID_ANY || cid == VsockSocketAddress.CID_LOCAL)
            return true;
        try {
            return cid == localCid();
        } catch (IOException unknown) {
            return false;
        }
    }

    private static VsockSocketAddress endpointOrNull(SocketAddress address, Use use) {
        try {
            return AddressResolver.vsockOrNull(address, use);
        } catch (IOException refused) {
            return null;
        }
    }

    /**
     * Returns the channels of the vsock sockets that a service manager has passed to this process, in their order: what
     * systemd does for {@code ListenStream=vsock::5000}, {@code ListenDatagram=} and {@code ListenSequentialPacket=} of
     * a socket unit. A listener is a {@code ServerSocketChannel}, a connection a {@code SocketChannel} and a datagram
     * socket a {@code DatagramChannel}, in blocking mode; later child processes do not inherit them. Each call returns
     * the same channels.
     *
     * <p> The socket that is this process's standard input is not among them: {@link System#inheritedChannel()} returns
     * that.
     *
     * @return the channels; none if nothing was passed, or {@code LISTEN_PID} names another process
     * @throws IOException if one of the descriptors is no vsock socket, the variables are malformed, or vsock is not
     *     available; no channel is made then
     * @throws IllegalArgumentException if a system property of this library is malformed
     * @see <a href="https://man7.org/linux/man-pages/man3/sd_listen_fds.3.html">sd_listen_fds(3)</a>
     */
    public static List<Channel> inheritedChannels() throws IOException {
        Availability.require();
        return InheritedSockets.passed(VsockSelectorProvider.instance(), null);
    }

    /**
     * Like {@link #inheritedChannels()}, but only for the sockets with a name; the others may be of any family.
     *
     * @param name systemd's {@code FileDescriptorName=}, by default the name of the socket unit
     * @return the channels; none if no socket has the name
     * @throws IOException if one of those descriptors is no vsock socket, the variables are malformed, or vsock is not
     *     available; no channel is made then
     * @throws IllegalArgumentException if a system property of this library is malformed
     * @throws NullPointerException if the name is null
     */
    public static List<Channel> inheritedChannels(String name) throws IOException {
        Objects.requireNonNull(name, "name");
        Availability.require();
        return InheritedSockets.passed(VsockSelectorProvider.instance(), name);
    }

    /**
     * Attaches a guest of a virtual machine monitor that offers <em>hybrid vsock</em>: Firecracker, Cloud Hypervisor,
     * or {@code vhost-device-vsock}. On the host, the guest is an AF_UNIX socket in the file system. From now on,
     * stream channels and sockets of this JVM that connect to the CID reach the guest by that socket. Listeners that
     * are bound to {@link VsockSocketAddress#CID_HOST} or {@link VsockSocketAddress#CID_ANY} hear the guest, too, by a
     * file for each port: the path of the socket, an underscore and the port. All other CIDs are reached as before. The
     * system property {@code io.niovsock.hybrid} attaches guests for the life of the JVM: {@code CID=PATH}, separated
     * by commas.
     *
     * <p> The socket need not exist yet, but its folder must, once something listens.
     *
     * @param cid the CID of the guest, 3 to 2^32-2; no other program and no virtual machine monitor need know it
     * @param socket the absolute path of the monitor's socket
     * @return the attached guest; closing it detaches the guest
     * @throws IllegalArgumentException if no guest can have the CID, or the path is relative, or so long that the files
     *     for its ports would be too long for an AF_UNIX address; or if a system property of this library is malformed
     * @throws IllegalStateException if a guest with that CID is attached
     * @throws IOException if vsock is not available in this JVM, or the file for the port of a listener cannot be made;
     *     the guest is not attached then
     * @throws SecurityException if a security manager denies {@code NetPermission("accessUnixDomainSocket")}
     * @throws NullPointerException if the path is null
     */
    public static VsockGuest attach(long cid, Path socket) throws IOException {
        Objects.requireNonNull(socket, "socket");
        checkUnixPermission();
        Availability.require();
        AttachedGuest guest = new AttachedGuest(cid, socket);
        AttachedGuests.attach(MethodHandles.lookup(), guest);
        return new VsockGuest(guest);
    }

    /**
     * Returns what was counted of the vsock sockets of this JVM. The object can be read as it is, or registered with a
     * server of MBeans, by a program that wants it there without {@code -Dio.niovsock.jmx}:
     * {@code ManagementFactory.getPlatformMBeanServer().registerMBean(Vsock.statistics(),
     * new ObjectName("io.niovsock:type=Vsock"))}. It works even if vsock is not available.
     *
     * <p> From the first call on, files that {@code FileChannel.transferTo} sends are counted on each JDK; see
     * {@link VsockMXBean#getBytesWritten()}.
     *
     * @return the counters, always the same object
     */
    public static VsockMXBean statistics() {
        return Counters.statistics();
    }

    @SuppressWarnings("removal") // security managers are deprecated; without one, asking costs nothing
    private static void checkUnixPermission() {
        SecurityManager manager = System.getSecurityManager();
        if (manager != null)
            manager.checkPermission(new NetPermission("accessUnixDomainSocket"));
    }

    private static Transport currentTransport() {
        return Transport.current(MethodHandles.lookup());
    }
}
