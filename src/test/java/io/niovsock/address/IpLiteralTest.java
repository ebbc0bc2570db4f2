// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.internal.names.IpLiteral;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class IpLiteralTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "0.0.0.0", "127.0.0.1", "10.0.0.5", "255.255.255.255", "1.20.200.249", "99.100.199.255",
        "[::]", "[::1]", "[1::]", "[1::8]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]",
        "[1:2:3::5:6:7:8]",
        "[ff11:76:736f:636b::2]", "[FE80::aBcD]", "[0000::0001]", "[::ffff:10.0.0.1]", "[::10.0.0.1]",
        "[1:2:3:4:5:6:10.0.0.1]",
        "[64:ff9b::255.255.255.255]", "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]" })
    void aLiteralMeansWhatTheJdkTakesItFor(String text) throws Exception {
        assertEquals(InetAddress.getByName(text), IpLiteral.parse(text));
    }

    @Test
    void anAddressIsReadBackFromTheJdksText() throws Exception {
        Random random = new Random(3);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = new byte[i % 2 == 0 ? 4 : 16];
            random.nextBytes(bytes);
            InetAddress ip = InetAddress.getByAddress(bytes);
            String text = ip.getHostAddress();
            assertEquals(ip, IpLiteral.parse(ip instanceof Inet6Address ? "[" + text + "]" : text));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "1", "1.2", "1.2.3", "1.2.3.4.5", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001",
        "127.0.0.01",
        "010.0.0.1", "1.2.3.256", "10.0.0.999", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "+1.2.3.4", "-1.2.3.4",
        "1.2.3.-4",
        " 1.2.3.4", "1.2.3.4 ", "1.2.3.4%1", "1.2.3.4/8", "1.2.3.\u0664", "1\u30022.3.4", "\uff11.2.3.4", "1.2.3.4\0",
        "1,2,3,4",
        "localhost", "example.org", "*", "a.b.c.d", "::", "::1", "fe80::1",
        "[", "]", "[]", "[:]", "[:::]", "[1]", "[1:]", "[:1]", "[1:2]", "[1::2::3]", "[1:::2]", "[1:2:3:4:5:6:7]",
        "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7:8::]", "[::1:2:3:4:5:6:7:8]", "[1:2:3:4::5:6:7:8]", "[12345::]",
        "[::g]", "[::1%1]",
        "[fe80::1%eth0]", "[::1%]", "[::1]:80", "[[::1]]", "[1.2.3.4]", "[1.2.3.4::]", "[::1.2.3]", "[::1.2.3.256]",
        "[::1.2.3.04]",
        "[1.2.3.4:1::]", "[1:2:3:4:5:6:7:1.2.3.4]", "[::1.2.3.4:5]", "[ ::1]", "[::1 ]", "[::-1]", "[::+1]",
        "[::\u0661]", "[localhost]",
        "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555]" })
    void anyOtherTextIsRefusedAndQuoted(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> IpLiteral.parse(text)).getMessage();
        assertTrue(message.startsWith("'" + text + "' is neither an IPv4 literal"), message);
    }

    @Test
    void whatIsTooLongIsNotLookedAt() {
        assertThrows(IllegalArgumentException.class, () -> IpLiteral.parse("1.".repeat(10_000_000)));
        assertThrows(IllegalArgumentException.class, () -> IpLiteral.parse("[" + "0:".repeat(10_000_000) + "]"));
    }
}
