// SPDX-License-Identifier: Apache-2.0
package io.niovsock.endpoint;

import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Endpoints whose CID has a name, and options whose name tells them from TCP's. */
class NamedEndpointsTest {
    @Test
    void theyAreWhatTheTextSays() {
        assertEquals(VsockSocketAddress.parse("vsock:host:5000"), VsockSocketAddress.host(5000));
        assertEquals(VsockSocketAddress.parse("vsock:local:0"), VsockSocketAddress.local(0));
        assertEquals(VsockSocketAddress.parse("vsock:any:any"), VsockSocketAddress.any(VsockSocketAddress.PORT_ANY));
    }

    @Test
    void aPortOutOfRangeIsRefused() {
        for (long port : new long[] { -1, 1L << 32 }) {
            assertThrows(IllegalArgumentException.class, () -> VsockSocketAddress.host(port));
            assertThrows(IllegalArgumentException.class, () -> VsockSocketAddress.local(port));
            assertThrows(IllegalArgumentException.class, () -> VsockSocketAddress.any(port));
        }
    }

    @Test
    void aLogTellsTheOptionsOfVsock() {
        assertEquals(List.of("VSOCK_BUFFER_SIZE", "VSOCK_CONNECT_TIMEOUT", "VSOCK_TO_HOST"),
            List.of(VsockSocketOptions.BUFFER_SIZE.name(), VsockSocketOptions.CONNECT_TIMEOUT.toString(),
                VsockSocketOptions.TO_HOST.name()));
    }
}
