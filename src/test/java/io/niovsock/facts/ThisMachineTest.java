// SPDX-License-Identifier: Apache-2.0
package io.niovsock.facts;

import io.niovsock.Vsock;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The facts about the machine. The kernel's own answers are those of testvm/. */
class ThisMachineTest {
    static final class Telling {
        public static void main(String[] args) throws Exception {
            System.out.println(Vsock.localCid() + " " + Vsock.role() + " " + Vsock.addressFamily() + " "
                + Vsock.isDatagramAvailable());
            System.out.println(Vsock.localCidSource());
        }
    }

    @ParameterizedTest
    @CsvSource({ "2, HOST", "3, GUEST" })
    void theCidOfAnEmulatedMachineSaysItsRole(int cid, String role) throws Exception {
        List<String> lines = ChildJvm.of(Telling.class).property("io.niovsock.transport", "emulated")
            .property("io.niovsock.localCid", cid)
            .run().succeeded().lines();
        assertEquals(List.of(cid + " " + role + " 1 true", "-Dio.niovsock.localCid"), lines);
    }

    @Test
    void thisMachineReachesItself() throws Exception {
        assertTrue(Vsock.isLoopbackAvailable());
        assertNotEquals(Vsock.Role.NONE, Vsock.role());
        if (Machine.isEmulated())
            return;
        assertEquals(40, Vsock.addressFamily());
        assertEquals("/dev/vsock (IOCTL_VM_SOCKETS_GET_LOCAL_CID)", Vsock.localCidSource());
        assertEquals(Vsock.role() == Vsock.Role.LOOPBACK_ONLY ? 1 : 2, Vsock.localCid());
    }

    @Test
    void theReportSaysWhyNot() {
        List<String> lines = Vsock.report();
        assertEquals(18, lines.size(), lines::toString);
        assertEquals(List.of("available: yes", "SocketChannel.open(): of nio-vsock",
            "AsynchronousSocketChannel.open(): of nio-vsock"), lines.subList(0, 3));
        assertTrue(lines.get(3).startsWith("java.net sockets: the platform's (-javaagent:"), lines::toString);
        assertEquals("rules: 0 of -Dio.niovsock.rules", lines.get(6));
        assertTrue(lines.get(7).startsWith("accept rules: 0 of -Dio.niovsock.acceptFrom; connections refused: "),
            lines::toString);
        assertTrue(lines.contains("sockets of that family: yes"), lines::toString);
        assertTrue(lines.contains("loopback: yes"), lines::toString);
        assertTrue(lines.contains("address family: " + Vsock.addressFamily()), lines::toString);
        for (String line : lines)
            if (line.contains(": no "))
                assertTrue(line.contains("modprobe"), line);
    }
}
