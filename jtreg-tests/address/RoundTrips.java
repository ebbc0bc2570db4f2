// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary Every endpoint, at the edges of its numbers too, survives printing and parsing, mapping and serialisation,
 *          and equals what it went in as
 * @library /lib
 * @run main/othervm RoundTrips
 */

import io.niovsock.VsockSocketAddress;

import vsocktest.Check;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

public class RoundTrips {
    private static final long MAX = 0xFFFF_FFFFL;
    private static final long[] NUMBERS = { 0, 1, 2, 3, 1023, 1024, 65535, 65536, 0x7FFF_FFFFL, 0x8000_0000L, MAX - 1, MAX };

    /** Text and what it is read as; the second is as it is printed. */
    private static final Map<String, String> SPELLINGS = Map.of(
        "vsock:3:5000", "vsock:3:5000",
        "vsock:local:5000", "vsock:local:5000",
        "vsock:1:5000", "vsock:local:5000",
        "vsock:host:5000", "vsock:host:5000",
        "vsock:2:5000", "vsock:host:5000",
        "vsock:0:1", "vsock:hypervisor:1",
        "vsock:any:any", "vsock:any:any",
        "vsock::5000", "vsock:any:5000",
        "vsock:4294967295:4294967295", "vsock:any:any",
        "vsock:4294967294:4294967294", "vsock:4294967294:4294967294");

    private static final List<String> NOT_ADDRESSES = List.of("", "vsock", "vsock:", "vsock:3", "vsock:3:", ":3:5000",
        "vsock:3:5000:", "vsock:3:5000:6", "tcp:3:5000", "VSOCK:3:5000", "vsock:Host:5000", " vsock:3:5000", "vsock:3:5000 ",
        "vsock: 3:5000", "vsock:+3:5000", "vsock:-1:5000", "vsock:03:5000", "vsock:3:00", "vsock:0x3:5000", "vsock:3:http",
        "vsock:4294967296:1", "vsock:1:4294967296", "vsock:99999999999999999999:1", "vsock:\u0663:5000", "vsock//3:5000",
        "3:5000", "localhost:5000");

    public static void main(String[] args) throws Exception {
        Set<VsockSocketAddress> all = new HashSet<>();
        for (long cid : NUMBERS)
            for (long port : NUMBERS) {
                VsockSocketAddress address = VsockSocketAddress.of(cid, port);
                Check.that(all.add(address), address + " differs from every other");
                Check.equal(address.getCid(), cid, "CID of " + address);
                Check.equal(address.getVsockPort(), port, "port of " + address);
                Check.equal(address.getPort(), (int) (port & 0xFFFF), "16-bit port of " + address);
                throughText(address);
                throughInternetAddress(address);
                throughSerialForm(address);
            }
        Check.equal(all.size(), NUMBERS.length * NUMBERS.length, "distinct endpoints");
        spellings();
        outOfRange();
        namesAreLiterals();
        mappedOnlyInTheExactForm();
        forgedSerialForm();
    }

    private static void throughText(VsockSocketAddress address) {
        Check.equal(VsockSocketAddress.parse(address.toString()), address, "parsed " + address);
    }

    private static void throughInternetAddress(VsockSocketAddress address) throws IOException {
        InetSocketAddress plain = new InetSocketAddress(InetAddress.getByAddress(address.getAddress().getAddress()), address.getPort());
        Check.that(plain.getClass() == InetSocketAddress.class, "an Internet address and no more");
        Check.that(VsockSocketAddress.isMapped(plain), plain + " is mapped");
        Check.that(VsockSocketAddress.isMapped(address), address + " is mapped");
        Check.equal(VsockSocketAddress.ofMapped(plain), address, "the endpoint of " + plain);
        Check.that(VsockSocketAddress.ofMapped(address) == address, "a vsock address is its own");
        Check.that(plain.equals(address) && address.equals(plain), address + " equals " + plain + " both ways");
        Check.equal(address.hashCode(), plain.hashCode(), "hash code of " + address);
        InetSocketAddress read = new InetSocketAddress(address.getHostString(), address.getPort());
        Check.equal(read, address, "read from its literal " + address.getHostString());
    }

    private static void throughSerialForm(VsockSocketAddress address) throws IOException, ClassNotFoundException {
        Object read = deserialised(serialised(address));
        Check.that(read instanceof VsockSocketAddress, "of the same class");
        Check.equal(read, address, "read back");
        Check.equal(read.toString(), address.toString(), "text of what was read back");
    }

    private static byte[] serialised(Object object) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        return bytes.toByteArray();
    }

    private static Object deserialised(byte[] bytes) throws IOException, ClassNotFoundException {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return in.readObject();
        }
    }

    private static void spellings() {
        SPELLINGS.forEach((text, printed) -> {
            Check.equal(VsockSocketAddress.parse(text).toString(), printed, "'" + text + "' parsed and printed");
            Check.equal(VsockSocketAddress.parse(text), VsockSocketAddress.parse(printed), "'" + text + "'");
        });
        for (String text : NOT_ADDRESSES)
            Check.contains(Check.fails(IllegalArgumentException.class, () -> VsockSocketAddress.parse(text)).getMessage(), "'" + text + "'");
        Check.fails(NullPointerException.class, () -> VsockSocketAddress.parse(null));
    }

    private static void outOfRange() {
        for (long wrong : new long[] { -1, MAX + 1, Long.MIN_VALUE, Long.MAX_VALUE }) {
            Check.contains(Check.fails(IllegalArgumentException.class, () -> VsockSocketAddress.of(wrong, 1)).getMessage(), "" + wrong);
            Check.contains(Check.fails(IllegalArgumentException.class, () -> VsockSocketAddress.of(1, wrong)).getMessage(), "" + wrong);
        }
    }

    private static void namesAreLiterals() {
        VsockSocketAddress address = VsockSocketAddress.of(3, 5000);
        Check.that(!address.isUnresolved(), "resolved");
        Check.equal(address.getHostName(), address.getHostString(), "host name");
        Check.equal(address.getHostString(), "ff11:76:736f:636b:0:0:0:3", "host string");
    }

    private static void mappedOnlyInTheExactForm() throws IOException {
        byte[] bytes = VsockSocketAddress.of(3, 5000).getAddress().getAddress();
        for (int i : new int[] { 0, 1, 2, 3, 4, 5, 6, 7, 10, 11 }) {
            byte[] other = bytes.clone();
            other[i] ^= 1;
            notMapped(new InetSocketAddress(InetAddress.getByAddress(other), 5000));
        }
        notMapped(new InetSocketAddress(InetAddress.getByAddress(new byte[4]), 5000));
        notMapped(InetSocketAddress.createUnresolved("ff11:76:736f:636b::3", 5000));
    }

    private static void notMapped(InetSocketAddress address) {
        Check.that(!VsockSocketAddress.isMapped(address), address + " is not mapped");
        Check.fails(IllegalArgumentException.class, () -> VsockSocketAddress.ofMapped(address));
    }

    /** A stream that holds this class with fields of its own, as no program writes it. */
    private static void forgedSerialForm() throws IOException {
        String proxy = VsockSocketAddress.class.getName() + "$Endpoint";
        String stream = new String(serialised(VsockSocketAddress.of(3, 5000)), StandardCharsets.ISO_8859_1);
        Check.contains(stream, proxy);
        String name = VsockSocketAddress.class.getName();
        byte[] forged = stream.replace((char) proxy.length() + proxy, (char) name.length() + name).getBytes(StandardCharsets.ISO_8859_1);
        Check.fails(InvalidObjectException.class, () -> deserialised(forged));
    }
}
