// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MappingAnAddressTest {
    private static final long MAX = 0xFFFF_FFFFL;

    @ParameterizedTest
    @CsvSource({
        "3,          5000,       ff11:76:736f:636b::3,                   5000",
        "1,          0,          ff11:76:736f:636b::1,                   0",
        "0,          65535,      ff11:76:736f:636b::,                    65535",
        "2,          65536,      ff11:76:736f:636b:1::2,                 0",
        "4294967295, 4294967295, ff11:76:736f:636b:ffff::ffff:ffff,   65535",
        "2147483648, 3735928559, ff11:76:736f:636b:dead:0:8000:0,     48879",
        "16909060,   84281096,   ff11:76:736f:636b:506:0:102:304,     1800",
    })
    void theLayoutIsTheDocumentedOne(long cid, long port, String ip, int lowPort) throws Exception {
        VsockSocketAddress address = VsockSocketAddress.of(cid, port);

        assertEquals(InetAddress.getByName(ip), address.getAddress());
        assertEquals(lowPort, address.getPort());
        assertFalse(address.isUnresolved());
    }

    /**
     * All pairs of edge values, and many random ones: the mapping loses nothing, and no two endpoints have the same
     * address.
     */
    @Test
    void theMappingIsOneToOne() {
        long[] edges = LongStream.of(0, 1, 2, 3, 0xFF, 0x100, 0xFFFE, 0xFFFF, 0x1_0000, 0x1_0001, 0xFF_FFFF, 0x100_0000,
            0x7FFF_FFFF, 0x8000_0000L, 0xFFFF_0000L, MAX - 1, MAX).toArray();
        for (long cid : edges)
            for (long port : edges)
                assertMapsBack(cid, port);
        Random random = new Random(2);
        for (int i = 0; i < Machine.rounds(20_000); i++)
            assertMapsBack(random.nextInt() & MAX, random.nextInt() & MAX);
    }

    private static void assertMapsBack(long cid, long port) {
        VsockSocketAddress address = VsockSocketAddress.of(cid, port);
        InetSocketAddress plain = new InetSocketAddress(address.getAddress(), address.getPort());

        VsockSocketAddress back = VsockSocketAddress.ofMapped(plain);
        assertEquals(cid, back.getCid());
        assertEquals(port, back.getVsockPort());
    }

    @Test
    void differentEndpointsAreNotEqual() {
        VsockSocketAddress address = VsockSocketAddress.of(3, 5000);
        for (int bit = 0; bit < 32; bit++) {
            assertNotEquals(address, VsockSocketAddress.of(3 ^ 1L << bit, 5000));
            assertNotEquals(address, VsockSocketAddress.of(3, 5000 ^ 1L << bit));
        }
        assertNotEquals(VsockSocketAddress.of(3, 5000), VsockSocketAddress.of(5000, 3));
    }

    @Test
    void itEqualsTheInternetAddressThatItMapsTo() throws Exception {
        for (VsockSocketAddress address : new VsockSocketAddress[] {
            VsockSocketAddress.of(3, 5000), VsockSocketAddress.of(MAX, MAX), VsockSocketAddress.of(2, 1L << 31) }) {
            InetSocketAddress plain = new InetSocketAddress(InetAddress.getByAddress(address.getAddress().getAddress()),
                address.getPort());
            assertEquals(plain, address);
            assertEquals(address, plain);
            assertEquals(plain.hashCode(), address.hashCode());
        }
    }

    /** IPv6 addresses are equal with any scope, so equal addresses must map to the same endpoint. */
    @Test
    void aScopeMakesNoDifference() throws Exception {
        VsockSocketAddress address = VsockSocketAddress.of(0x12345, 0xABCD_1234L);
        byte[] bytes = address.getAddress().getAddress();
        for (int scope : new int[] { 0, 1, 7 }) {
            InetAddress ip = Inet6Address.getByAddress(null, bytes, scope);
            InetSocketAddress scoped = new InetSocketAddress(ip, address.getPort());
            assertTrue(VsockSocketAddress.isMapped(scoped), scoped::toString);
            assertEquals(address, VsockSocketAddress.ofMapped(scoped));
            assertEquals(scoped, address);
            assertEquals(address, scoped);
            assertEquals(scoped.hashCode(), address.hashCode());
        }
    }

    /** This is what protects sockets that are not this library's: see NothingOnTheWireTest. */
    @Test
    void theInternetAddressIsOfMulticastThatStaysOnItsInterface() {
        InetAddress ip = VsockSocketAddress.of(MAX, MAX).getAddress();
        assertTrue(ip.isMulticastAddress() && ip.isMCNodeLocal(), ip::toString);
    }

    @Test
    void theInheritedTextIsTheLiteralWhichCanBeReadBack() throws Exception {
        VsockSocketAddress address = VsockSocketAddress.of(0x12345, 0xABCD_1234L);

        assertEquals(address.getHostString(), address.getHostName());
        assertEquals(address.getAddress(), InetAddress.getByName(address.getHostString()));
        assertInstanceOf(Inet6Address.class, address.getAddress());
    }

    @Test
    void aVsockAddressMapsToItself() {
        VsockSocketAddress address = VsockSocketAddress.of(3, 5000);
        assertTrue(VsockSocketAddress.isMapped(address));
        assertSame(address, VsockSocketAddress.ofMapped(address));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "127.0.0.1", "::1", "::", "ff11:76:736f:636c::3", "ff11:76:736f:626b::3", "ff12:76:736f:636b::3",
        "ff11:76:736f:636b:0:1::3", "ff11:76:736f:636b:0:8000::3", "fd76:736f:636b::3", "::ffff:10.0.0.1", "fe80::3",
    })
    void otherInternetAddressesAreNotMapped(String ip) throws Exception {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(ip), 5000);

        assertFalse(VsockSocketAddress.isMapped(address));
        String message = assertThrows(IllegalArgumentException.class, () -> VsockSocketAddress.ofMapped(address))
            .getMessage();
        assertTrue(message.contains(address.toString()), message);
    }

    @Test
    void everyByteOfThePrefixCounts() throws Exception {
        byte[] mapped = VsockSocketAddress.of(3, 5000).getAddress().getAddress();
        int[] fixed = IntStream.concat(IntStream.range(0, 8), IntStream.range(10, 12)).toArray();
        for (int index : fixed) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] bytes = mapped.clone();
                bytes[index] ^= (byte) (1 << bit);
                assertFalse(VsockSocketAddress.isMapped(new InetSocketAddress(InetAddress.getByAddress(bytes), 5000)),
                    "byte " + index + ", bit " + bit);
            }
        }
    }

    @Test
    void anUnresolvedAddressIsNotMapped() {
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved("ff11:76:736f:636b::3", 5000);

        assertFalse(VsockSocketAddress.isMapped(unresolved));
        assertThrows(IllegalArgumentException.class, () -> VsockSocketAddress.ofMapped(unresolved));
    }

    @Test
    void nullIsRefused() {
        assertThrows(NullPointerException.class, () -> VsockSocketAddress.isMapped(null));
        assertThrows(NullPointerException.class, () -> VsockSocketAddress.ofMapped(null));
    }
}
