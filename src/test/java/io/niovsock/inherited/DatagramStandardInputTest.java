// SPDX-License-Identifier: Apache-2.0
package io.niovsock.inherited;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A program whose standard input is a datagram socket. The test needs a transport with datagrams. */
class DatagramStandardInputTest {
    @Test
    void aDatagramSocketIsADatagramChannel() throws Exception {
        VsockSocketAddress where = Machine.isEmulated() ? Launch.freeEndpoint()
            : VsockSocketAddress.parse("vsock:any:5005");
        assertEquals(List.of("vsock datagrams " + where), StandardInputTest.describe("bind:datagrams", where));
    }
}
