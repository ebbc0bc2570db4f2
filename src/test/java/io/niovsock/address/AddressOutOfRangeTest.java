// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.VsockSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AddressOutOfRangeTest {
    @ParameterizedTest
    @ValueSource(longs = { -1, -2, Integer.MIN_VALUE, 1L << 32, (1L << 32) + 3, Long.MAX_VALUE, Long.MIN_VALUE })
    void aCidOutOfRangeIsRefusedByItsValue(long cid) {
        String message = assertThrows(IllegalArgumentException.class, () -> VsockSocketAddress.of(cid, 5000))
            .getMessage();
        assertTrue(message.startsWith("cid=" + cid + " "), message);
    }

    @ParameterizedTest
    @ValueSource(longs = { -1, -2, Integer.MIN_VALUE, 1L << 32, (1L << 32) + 5000, Long.MAX_VALUE, Long.MIN_VALUE })
    void aPortOutOfRangeIsRefusedByItsValue(long port) {
        String message = assertThrows(IllegalArgumentException.class, () -> VsockSocketAddress.of(3, port))
            .getMessage();
        assertTrue(message.startsWith("port=" + port + " "), message);
    }

    @ParameterizedTest
    @ValueSource(longs = { 0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000L, 0xFFFF_FFFFL })
    void theEdgesOfTheRangeAreKeptUnsigned(long edge) {
        VsockSocketAddress address = VsockSocketAddress.of(edge, edge);
        assertEquals(edge, address.getCid());
        assertEquals(edge, address.getVsockPort());
    }
}
