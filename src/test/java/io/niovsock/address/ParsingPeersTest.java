// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.VsockPeers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The texts of a set of peers, and which machines are in it. */
class ParsingPeersTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "host | host",
        "host,local,guests,42,100-199 | local,host,guests",
        "199, 100-150 ,42,151-198 | 42,100-150,151-199",
        "42,42 | 42",
        "44,42,43 | 42-44",
        "0-5 | hypervisor,local,host,3-5",
        "1,2 | local,host",
        "3-4294967294 | guests",
        "4-4294967294 | 4-4294967294",
        "4294967294 | 4294967294",
        "2147483648-4294967294,7 | 7,2147483648-4294967294",
        "any | any",
        "host,any,5 | any",
        "10-20,12-15 | 10-20",
    })
    void equalSetsHaveTheSameText(String text, String canonical) {
        VsockPeers peers = VsockPeers.parse(text);
        VsockPeers same = VsockPeers.parse(canonical);
        assertEquals(same.toString(), peers.toString());
        assertEquals(same, peers);
        assertEquals(same.hashCode(), peers.hashCode());
        assertEquals(peers, VsockPeers.parse(peers.toString()));
    }

    @Test
    void theTextIsCanonical() {
        assertEquals("42,100-199", VsockPeers.parse("199, 100-150 ,42,151-198").toString());
        assertEquals("local,host,guests", VsockPeers.parse("host,local,guests,42,100-199").toString());
        assertEquals("hypervisor,local,host,3-5", VsockPeers.parse("0-5").toString());
        assertEquals("any", VsockPeers.ANY.toString());
        assertEquals("local", VsockPeers.LOCAL.toString());
        assertEquals("host", VsockPeers.HOST.toString());
        assertEquals("guests", VsockPeers.GUESTS.toString());
        assertEquals("host,42,44", VsockPeers.of(44, 2, 42).toString());
    }

    @Test
    void theNamesAreTheCidsOfVsock() {
        assertEquals(VsockPeers.of(1), VsockPeers.parse("local"));
        assertEquals(VsockPeers.of(2), VsockPeers.parse("host"));
        assertEquals(VsockPeers.of(0), VsockPeers.parse("hypervisor"));
        assertEquals(VsockPeers.GUESTS, VsockPeers.parse("3-4294967294"));
        assertNotEquals(VsockPeers.HOST, VsockPeers.LOCAL);
    }

    @Test
    void aSetContainsItsBoundsAndWhatIsBetween() {
        VsockPeers peers = VsockPeers.parse("host,42,100-199,4294967290-4294967294");
        for (long in : new long[] { 2, 42, 100, 101, 150, 199, 4294967290L, 4294967294L })
            assertTrue(peers.contains(in), () -> in + " is not in " + peers);
        for (long out : new long[] { -1, 0, 1, 3, 41, 43, 99, 200, 4294967289L, 4294967295L, Long.MAX_VALUE })
            assertFalse(peers.contains(out), () -> out + " is in " + peers);
    }

    @Test
    void guestsAreAllButTheReservedCids() {
        for (long out : new long[] { 0, 1, 2, 4294967295L })
            assertFalse(VsockPeers.GUESTS.contains(out), () -> out + " is a guest");
        for (long in : new long[] { 3, 0x7FFF_FFFFL, 0x8000_0000L, 4294967294L })
            assertTrue(VsockPeers.GUESTS.contains(in), () -> in + " is no guest");
    }

    @Test
    void anUnknownMachineIsInTheSetOfEveryOneOnly() {
        assertTrue(VsockPeers.ANY.contains(4294967295L));
        assertFalse(VsockPeers.parse("0-4294967294").contains(4294967295L));
        assertNotEquals(VsockPeers.ANY, VsockPeers.parse("0-4294967294"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "host,x | item 2 'x': expected any, local, host, guests, hypervisor, a CID or a range",
        "host,,42 | item 2 '': expected",
        "host, | item 2 '': expected",
        "HOST | item 1 'HOST': expected",
        "042 | item 1 '042': expected",
        "+42 | item 1 '+42': expected",
        "-42 | item 1 '-42': expected",
        "42- | item 1 '42-': expected",
        "7,100 - 199 | item 2 '100 - 199': expected",
        "host-42 | item 1 'host-42': expected",
        "1-2-3 | item 1 '1-2-3': expected",
        "1, 9-7 | item 2 '9-7': the first CID is beyond the last",
        "4294967295 | item 1 '4294967295': CID 4294967295 is out of range: 0 to 4294967294",
        "3-99999999999999999999 | CID 99999999999999999999 is out of range: 0 to 4294967294",
    })
    void anErrorNamesTheItemAndItsPosition(String text, String part) {
        String message = assertThrows(IllegalArgumentException.class, () -> VsockPeers.parse(text)).getMessage();
        assertTrue(message.startsWith("not a set of vsock peers: '" + text + "': ") && message.contains(part), message);
    }

    @ParameterizedTest
    @ValueSource(strings = { "", " ", "," })
    void thereIsNoEmptySet(String text) {
        assertThrows(IllegalArgumentException.class, () -> VsockPeers.parse(text));
        assertEquals("no CID", assertThrows(IllegalArgumentException.class, VsockPeers::of).getMessage());
    }

    @Test
    void aCidOutOfRangeIsRefused() {
        for (long cid : new long[] { -1, 4294967295L })
            assertEquals("cid=" + cid + " is out of range: 0 to 4294967294",
                assertThrows(IllegalArgumentException.class, () -> VsockPeers.of(cid)).getMessage());
        assertThrows(NullPointerException.class, () -> VsockPeers.parse(null));
    }
}
