// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ParsingAnAddressTest {
    @ParameterizedTest
    @CsvSource({
        "vsock:3:5000,                3,          5000,       vsock:3:5000",
        "vsock:local:5000,            1,          5000,       vsock:local:5000",
        "vsock:1:5000,                1,          5000,       vsock:local:5000",
        "vsock:host:22,               2,          22,         vsock:host:22",
        "vsock:2:22,                  2,          22,         vsock:host:22",
        "vsock:hypervisor:1,          0,          1,          vsock:hypervisor:1",
        "vsock:0:0,                   0,          0,          vsock:hypervisor:0",
        "vsock:any:any,               4294967295, 4294967295, vsock:any:any",
        "vsock::5000,                 4294967295, 5000,       vsock:any:5000",
        "vsock::any,                  4294967295, 4294967295, vsock:any:any",
        "vsock:4294967295:4294967295, 4294967295, 4294967295, vsock:any:any",
        "vsock:4294967294:4294967294, 4294967294, 4294967294, vsock:4294967294:4294967294",
        "vsock:2147483648:2147483647, 2147483648, 2147483647, vsock:2147483648:2147483647",
        "vsock:42:65536,              42,         65536,      vsock:42:65536",
    })
    void everySpellingMeansItsNumbersAndPrintsInOneForm(String text, long cid, long port, String printed) {
        VsockSocketAddress address = VsockSocketAddress.parse(text);

        assertEquals(cid, address.getCid());
        assertEquals(port, address.getVsockPort());
        assertEquals(VsockSocketAddress.of(cid, port), address);
        assertEquals(printed, address.toString());
        assertEquals(address, VsockSocketAddress.parse(printed));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", "vsock", "vsock:", "vsock::", "vsock:3", "vsock:3:", ":3:5000", "3:5000", "vsock:3:5000:", "vsock:3:5000:1",
        "VSOCK:3:5000", "Vsock:3:5000", "vsock:Local:5000", "vsock:HOST:5000", "vsock:guest:5000", "vsock:3:http",
        " vsock:3:5000", "vsock:3:5000 ", "vsock: 3:5000", "vsock:3 :5000", "vsock:3:5000\n", "vsock:3:\t5000",
        "vsock:-1:5000", "vsock:3:-1", "vsock:+3:5000", "vsock:3:+5000", "vsock:03:5000", "vsock:3:05000", "vsock:00:1",
        "vsock:0x3:5000", "vsock:3:0x1388", "vsock:3.0:5000", "vsock:3:5e3", "vsock:3:5_000", "vsock:3:\u0665",
        "vsock:4294967296:1", "vsock:1:4294967296", "vsock:99999999999999999999:1", "vsock:1:99999999999999999999",
        "vsock://3:5000", "vsock-stream:3:5000", "vsock:any", "vsock:local:local", "vsock:3:host", "unix:/tmp/s",
        "tcp:3:5000", "vsock//3:5000", "vsock:3:00", "localhost:5000",
        "127.0.0.1:80", "[ff11:76:736f:636b::3]:5000", "ff11:76:736f:636b::3",
    })
    void anyOtherTextIsRefusedAndQuoted(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> VsockSocketAddress.parse(text));

        assertEquals(IllegalArgumentException.class, e.getClass(), "not, say, a NumberFormatException");
        assertTrue(e.getMessage().contains("'" + text + "'"), e.getMessage());
    }

    @Test
    void aNumberOutOfRangeIsNamedWithItsLimit() {
        String cid = assertThrows(IllegalArgumentException.class, () -> VsockSocketAddress.parse("vsock:4294967296:1"))
            .getMessage();
        assertTrue(cid.contains("CID 4294967296") && cid.contains("4294967295"), cid);

        String port = assertThrows(IllegalArgumentException.class, () -> VsockSocketAddress.parse("vsock:1:4294967296"))
            .getMessage();
        assertTrue(port.contains("port 4294967296") && port.contains("4294967295"), port);
    }

    @Test
    void nullIsRefused() {
        assertThrows(NullPointerException.class, () -> VsockSocketAddress.parse(null));
    }

    @Test
    void whateverIsPrintedIsReadBack() {
        Random random = new Random(1);
        for (int i = 0; i < Machine.rounds(10_000); i++) {
            VsockSocketAddress address = VsockSocketAddress.of(random.nextInt() & 0xFFFF_FFFFL,
                random.nextInt() & 0xFFFF_FFFFL);
            assertEquals(address, VsockSocketAddress.parse(address.toString()));
        }
    }
}
