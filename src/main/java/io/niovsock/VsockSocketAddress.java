package io.niovsock;

import io.niovsock.internal.jdk.JvmProvider;

import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Objects;

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
 * The mapping is one to one, so an address equals the {@code InetSocketAddress} that it maps to, with or without a
 * scope such as {@code %eth0}: equality of IPv6 addresses knows none. {@link #getPort()} is the low 16 bits of the port.
 *
 * <p> The prefix fails closed. It lies in {@code ff11::/16}, IPv6 multicast that does not leave the interface that it
 * is sent from. Sockets that are not this library's take it for that: the kernel refuses to connect a stream to it or
 * to bind to it, and does not send its datagrams. So {@code getAddress().isMulticastAddress()} is true.
 *
 * <p> {@link #getHostString()} and {@link #getHostName()} are the IPv6 literal, and no method of this class looks a
 * name up. A program that asks {@code java.net} itself for one, by {@link InetAddress#getCanonicalHostName()}, has it
 * looked up.
 *
 * <p> The serial form is the CID and the port.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public final class VsockSocketAddress extends InetSocketAddress {
    private static final long serialVersionUID = 1L;

    /** Every CID of this machine, for {@code bind} ({@code VMADDR_CID_ANY}, 2^32-1). No machine has it for its own. */
    public static final long CID_ANY = 0xFFFF_FFFFL;

    /** The hypervisor itself ({@code VMADDR_CID_HYPERVISOR}, 0): reserved, and not the host, which is {@link #CID_HOST}. */
    public static final long CID_HYPERVISOR = 0;

    /**
     * This machine, by loopback ({@code VMADDR_CID_LOCAL}, 1), which the kernel has since 5.6 when the module
     * {@code vsock_loopback} is loaded.
     */
    public static final long CID_LOCAL = 1;

    /** The host of this virtual machine ({@code VMADDR_CID_HOST}, 2), and on a host that machine itself. */
    public static final long CID_HOST = 2;

    /**
     * A free port of the kernel's choice, for {@code bind} ({@code VMADDR_PORT_ANY}, 2^32-1). It is often above 65535;
     * port 0 asks for one that a 16-bit number can hold.
     */
    public static final long PORT_ANY = 0xFFFF_FFFFL;

    private static final long MAX_UNSIGNED_INT = 0xFFFF_FFFFL;

    // The bytes of a mapped address: the prefix, the high half of the port, a zero half, the CID.
    private static final byte[] MAPPED_PREFIX = { (byte) 0xff, 0x11, 0, 'v', 's', 'o', 'c', 'k' };
    private static final int PORT_INDEX = 8;
    private static final int ZERO_INDEX = 10;
    private static final int CID_INDEX = 12;
    private static final int LENGTH = 16;

    // What the superclass says too; but to ask it makes a copy of its bytes each time.
    private final int cid;
    private final int port;

    private VsockSocketAddress(long cid, long port) {
        super(map(cid, port), (int) port & 0xFFFF);
        this.cid = (int) cid;
        this.port = (int) port;
        JvmProvider.addressMade();
    }

    /**
     * The endpoint of a port of a CID.
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
     * Reads an endpoint: {@code vsock:CID:PORT}. The CID is a decimal number, or {@code local}, {@code host},
     * {@code hypervisor}, {@code any}, or nothing, which means any ({@code vsock::5000}, as systemd has it). The port is
     * a decimal number or {@code any}. There are no signs, spaces, capitals or leading zeros. What {@link #toString()}
     * prints is read back as an equal address.
     *
     * @param text an endpoint
     * @return the endpoint
     * @throws IllegalArgumentException if the text is none of these
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
     * Reads the endpoint that an Internet address is mapped to, which is that address itself where it is vsock already.
     *
     * @param address a vsock-mapped address
     * @return the endpoint
     * @throws IllegalArgumentException if the address is not vsock-mapped, which {@link #isMapped} tells
     */
    public static VsockSocketAddress ofMapped(InetSocketAddress address) {
        if (address instanceof VsockSocketAddress vsock)
            return vsock;
        if (!isMapped(address))
            throw new IllegalArgumentException("not a vsock-mapped address: " + address);
        byte[] bytes = address.getAddress().getAddress();
        return new VsockSocketAddress(half(bytes, CID_INDEX) << 16 | half(bytes, CID_INDEX + 2),
            half(bytes, PORT_INDEX) << 16 | address.getPort());
    }

    /**
     * Returns whether an Internet address lies in {@code ff11:76:736f:636b::/64} and has the form of a mapped endpoint.
     * A scope makes no difference.
     *
     * @param address any address
     * @return whether {@link #ofMapped} knows it; false where the address is unresolved
     */
    public static boolean isMapped(InetSocketAddress address) {
        InetAddress inet = address.getAddress();
        if (inet == null)
            return false; // unresolved
        byte[] bytes = inet.getAddress();
        return bytes.length == LENGTH && half(bytes, ZERO_INDEX) == 0
            && Arrays.equals(bytes, 0, MAPPED_PREFIX.length, MAPPED_PREFIX, 0, MAPPED_PREFIX.length);
    }

    /** {@return the CID, 0 to 2^32-1} */
    public long getCid() {
        return Integer.toUnsignedLong(cid);
    }

    /** {@return the port, 0 to 2^32-1} The inherited {@link #getPort()} is its low 16 bits. */
    public long getVsockPort() {
        return Integer.toUnsignedLong(port);
    }

    /** The endpoint in the form that {@link #parse} reads, such as {@code vsock:3:5000} or {@code vsock:local:5000}. */
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

    private static InetAddress map(long cid, long port) {
        byte[] bytes = Arrays.copyOf(MAPPED_PREFIX, LENGTH);
        putHalf(bytes, PORT_INDEX, port >>> 16);
        putHalf(bytes, CID_INDEX, cid >>> 16);
        putHalf(bytes, CID_INDEX + 2, cid);
        String literal = "ff11:76:736f:636b:" + Long.toHexString(port >>> 16) + ":0:"
            + Long.toHexString(cid >>> 16) + ":" + Long.toHexString(cid & 0xFFFF);
        try {
            return InetAddress.getByAddress(literal, bytes); // the literal for a name, so that none is looked up
        } catch (UnknownHostException e) {
            throw new AssertionError("16 bytes are an IPv6 address", e);
        }
    }

    /** The unsigned 16-bit number in network order at the given index. */
    private static long half(byte[] bytes, int index) {
        return (bytes[index] & 0xFFL) << 8 | bytes[index + 1] & 0xFF;
    }

    private static void putHalf(byte[] bytes, int index, long value) {
        bytes[index] = (byte) (value >>> 8);
        bytes[index + 1] = (byte) value;
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

    /** The serial form. Any two numbers are an endpoint, so a stream can hold nothing that is none. */
    private record Endpoint(int cid, int port) implements Serializable {
        private static final long serialVersionUID = 1L;

        private Object readResolve() {
            return of(Integer.toUnsignedLong(cid), Integer.toUnsignedLong(port));
        }
    }

    private Object writeReplace() {
        return new Endpoint(cid, port);
    }

    // Fields of this class and of its superclass that come from a stream could disagree.
    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("a VsockSocketAddress is written as " + Endpoint.class.getName());
    }
}
