// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.names.HostsFile;
import io.niovsock.internal.names.MappedForm;

import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A vsock endpoint: a CID (context ID), which names a virtual machine or its host, and a port there. Both are
 * unsigned 32-bit numbers, given as {@code long}. Immutable, and so safe for use by several threads.
 *
 * <p> Code that takes an {@link InetSocketAddress} takes this address too. The superclass carries the endpoint as a
 * <i>vsock-mapped</i> IPv6 address, whose prefix spells "vsock" in ASCII after two bytes:
 * <pre>
 *   ff11:76:736f:636b:PPPP:0:CCCC:CCCC  port pppp
 *                      |         |            |
 *   high 16 bits of the port    CID    low 16 bits of the port         vsock:3:5000  =  [ff11:76:736f:636b::3]:5000
 * </pre>
 * The mapping is one to one, so an address equals the {@code InetSocketAddress} that it maps to. A scope such as
 * {@code %eth0} makes no difference, since equality of IPv6 addresses ignores it. {@link #getPort()} is the low 16 bits
 * of the port.
 *
 * <p> The prefix fails closed. It lies in {@code ff11::/16}, IPv6 multicast that does not leave its interface. If the
 * address reaches a socket that is not this library's, the kernel refuses to connect a stream to it or to bind to it,
 * and drops datagrams to it. A consequence is that {@code getAddress().isMulticastAddress()} is true.
 *
 * <p> {@link #getHostString()} and {@link #getHostName()} return the IPv6 literal, or the name that {@code /etc/hosts}
 * has for the CID: for {@code ff11:76:736f:636b::3 guest}, the address of each port of CID 3 below 65536 has the name
 * {@code guest}; those above have other mapped addresses. The JVM reads that file once, and no method of this class
 * asks a name service.
 * {@link InetAddress#getCanonicalHostName()} of {@link #getAddress()} does, as for any address.
 *
 * <p> The serial form is the CID and the port.
 *
 * @since 0.1
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public final class VsockSocketAddress extends InetSocketAddress {
    private static final long serialVersionUID = 1L;

    /** Every CID of this machine, for {@code bind} ({@code VMADDR_CID_ANY}, 2^32-1). It is the CID of no machine. */
    public static final long CID_ANY = 0xFFFF_FFFFL;

    /** The hypervisor ({@code VMADDR_CID_HYPERVISOR}, 0): reserved. The host is {@link #CID_HOST}. */
    public static final long CID_HYPERVISOR = 0;

    /**
     * This machine, by loopback ({@code VMADDR_CID_LOCAL}, 1), which needs Linux 5.6 and the module
     * {@code vsock_loopback}.
     */
    public static final long CID_LOCAL = 1;

    /** The host of this virtual machine ({@code VMADDR_CID_HOST}, 2); on a host, the host itself. */
    public static final long CID_HOST = 2;

    /**
     * A free port chosen by the kernel, for {@code bind} ({@code VMADDR_PORT_ANY}, 2^32-1). It is often above 65535;
     * port 0 asks for a free port from 49152 to 65535.
     */
    public static final long PORT_ANY = 0xFFFF_FFFFL;

    private static final long MAX_UNSIGNED_INT = 0xFFFF_FFFFL;

    /** The addresses of the last machines that were named, by the low bits of their CIDs. */
    private static final AtomicReferenceArray<InetAddress> MACHINES = new AtomicReferenceArray<>(16);

    /** The CID, unsigned; also in the superclass's address, which copies its bytes for each call. */
    private final int cid;
    /** The port, unsigned; see {@link #cid}. */
    private final int port;

    private VsockSocketAddress(long cid, long port) {
        super(map(cid, port), (int) port & 0xFFFF);
        this.cid = (int) cid;
        this.port = (int) port;
        JvmProvider.addressMade();
    }

    /**
     * Returns the endpoint of a port of a CID.
     *
     * @param cid the CID, 0 to 2^32-1
     * @param port the port, 0 to 2^32-1
     * @return the endpoint
     * @throws IllegalArgumentException if one is out of range
     */
    public static VsockSocketAddress of(long cid, long port) {
        return new VsockSocketAddress(requireUnsignedInt("cid", cid), requireUnsignedInt("port", port));
    }

    /**
     * Returns the endpoint of a port of this virtual machine's host: {@link #CID_HOST}.
     *
     * @param port the port, 0 to 2^32-1
     * @return the endpoint
     * @throws IllegalArgumentException if the port is out of range
     */
    public static VsockSocketAddress host(long port) {
        return of(CID_HOST, port);
    }

    /**
     * Returns the endpoint of a port of this machine, reached by loopback: {@link #CID_LOCAL}.
     *
     * @param port the port, 0 to 2^32-1
     * @return the endpoint
     * @throws IllegalArgumentException if the port is out of range
     */
    public static VsockSocketAddress local(long port) {
        return of(CID_LOCAL, port);
    }

    /**
     * Returns the endpoint of a port of every CID of this machine, for {@code bind}: {@link #CID_ANY}.
     *
     * @param port the port, 0 to 2^32-1
     * @return the endpoint
     * @throws IllegalArgumentException if the port is out of range
     */
    public static VsockSocketAddress any(long port) {
        return of(CID_ANY, port);
    }

    /**
     * Reads an endpoint: {@code vsock:CID:PORT}. The CID is a decimal number, {@code local}, {@code host},
     * {@code hypervisor}, {@code any}, or empty, which means any ({@code vsock::5000}, the form of systemd). The port
     * is a decimal number or {@code any}. Signs, spaces, capitals and leading zeros are not allowed. The text of
     * {@link #toString()} is read back as an equal address.
     *
     * @param text an endpoint
     * @return the endpoint
     * @throws IllegalArgumentException if the text has another form, or a number is out of range
     * @throws NullPointerException if the text is null
     */
    public static VsockSocketAddress parse(String text) {
        String[] parts = Objects.requireNonNull(text, "text").split(":", -1);
        if (parts.length != 3 || !parts[0].equals("vsock"))
            throw unparsable(text, "expected vsock:CID:PORT");
        long cid = switch (parts[1]) {
            case "", "any" -> CID_ANY;
            case "local" -> CID_LOCAL;
            case "host" -> CID_HOST;
            case "hypervisor" -> CID_HYPERVISOR;
            default -> parseUnsignedInt(text, "CID", parts[1]);
        };
        long port = parts[2].equals("any") ? PORT_ANY : parseUnsignedInt(text, "port", parts[2]);
        return new VsockSocketAddress(cid, port);
    }

    /**
     * Returns the endpoint of a vsock-mapped Internet address; a {@code VsockSocketAddress} is returned as it is.
     *
     * @param address a vsock-mapped address
     * @return the endpoint
     * @throws IllegalArgumentException if the address is not {@linkplain #isMapped vsock-mapped}
     * @throws NullPointerException if the address is null
     */
    public static VsockSocketAddress ofMapped(InetSocketAddress address) {
        if (address instanceof VsockSocketAddress vsock)
            return vsock;
        if (!isMapped(address))
            throw new IllegalArgumentException("not a vsock-mapped address: " + address);
        byte[] bytes = address.getAddress().getAddress();
        return new VsockSocketAddress(MappedForm.cid(bytes), MappedForm.highPort(bytes) << 16 | address.getPort());
    }

    /**
     * Returns whether an Internet address lies in {@code ff11:76:736f:636b::/64} and has the form of a mapped endpoint.
     * A scope makes no difference.
     *
     * @param address any address
     * @return whether {@link #ofMapped} accepts the address; false if it is unresolved
     * @throws NullPointerException if the address is null
     */
    public static boolean isMapped(InetSocketAddress address) {
        InetAddress inet = address.getAddress();
        return inet != null && MappedForm.is(inet.getAddress()); // null: unresolved
    }

    /** {@return the CID, 0 to 2^32-1} */
    public long getCid() {
        return Integer.toUnsignedLong(cid);
    }

    /** {@return the port, 0 to 2^32-1} The inherited {@link #getPort()} is its low 16 bits. */
    public long getVsockPort() {
        return Integer.toUnsignedLong(port);
    }

    /**
     * {@return the endpoint in the form that {@link #parse} reads, such as {@code vsock:3:5000} or
     * {@code vsock:local:5000}}
     */
    @Override
    public String toString() {
        long cid = getCid();
        String role = cid == CID_ANY ? "any"
            : cid == CID_LOCAL ? "local"
            : cid == CID_HOST ? "host"
            : cid == CID_HYPERVISOR ? "hypervisor"
            : Long.toString(cid);
        long port = getVsockPort();
        return "vsock:" + role + ":" + (port == PORT_ANY ? "any" : Long.toString(port));
    }

    /** The address of a machine is shared: a server has many connections, from few machines. */
    private static InetAddress map(long cid, long port) {
        if (port >>> 16 != 0)
            return newAddress(cid, port, null);
        int index = (int) cid & MACHINES.length() - 1;
        InetAddress known = MACHINES.get(index);
        if (known == null || MappedForm.cid(known.getAddress()) != cid) {
            known = newAddress(cid, 0, HostsFile.nameOf(cid)); // the name leads back to this address
            MACHINES.set(index, known);
        }
        return known;
    }

    private static InetAddress newAddress(long cid, long port, String name) {
        String text = name != null ? name : MappedForm.literal(cid, port); // so that no name is looked up
        try {
            return InetAddress.getByAddress(text, MappedForm.of(cid, port));
        } catch (UnknownHostException e) {
            throw new AssertionError("16 bytes are an IPv6 address", e);
        }
    }

    private static long requireUnsignedInt(String name, long value) {
        if (value < 0 || value > MAX_UNSIGNED_INT)
            throw new IllegalArgumentException(name + "=" + value + " is out of range: 0 to " + MAX_UNSIGNED_INT);
        return value;
    }

    private static long parseUnsignedInt(String text, String name, String digits) {
        if (!digits.matches("0|[1-9][0-9]{0,9}"))
            throw unparsable(text, name + " '" + digits + "' is no decimal number");
        long value = Long.parseLong(digits);
        if (value > MAX_UNSIGNED_INT)
            throw unparsable(text, name + " " + digits + " is out of range: 0 to " + MAX_UNSIGNED_INT);
        return value;
    }

    private static IllegalArgumentException unparsable(String text, String why) {
        return new IllegalArgumentException("not a vsock address: '" + text + "': " + why);
    }

    /**
     * The serial form. Any two numbers are an endpoint, so every stream of this form is valid.
     *
     * @param cid the CID, unsigned
     * @param port the port, unsigned
     */
    private record Endpoint(int cid, int port) implements Serializable {
        private static final long serialVersionUID = 1L;

        private Object readResolve() {
            return of(Integer.toUnsignedLong(cid), Integer.toUnsignedLong(port));
        }
    }

    /** {@return the serial form} */
    private Object writeReplace() {
        return new Endpoint(cid, port);
    }

    /**
     * Refuses a stream that has the fields of this class, which could disagree with those of its superclass.
     *
     * @param in the stream
     * @throws InvalidObjectException always
     */
    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("a VsockSocketAddress is written as " + Endpoint.class.getName());
    }
}
