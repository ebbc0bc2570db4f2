// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The library looks up no name. A file of host names replaces the system's resolver and records each look-up. */
class LookingUpNoNameTest {
    private static final VsockSocketAddress ADDRESS = VsockSocketAddress.of(3, 5000);

    static final class Program {
        public static void main(String[] args) throws Exception {
            InetAddress bare = InetAddress.getByAddress(ADDRESS.getAddress().getAddress());
            Files.writeString(Path.of(args[0]), "ff11:76:736f:636b::3 trap\n"); // the library has read the file
            System.out.println(bare.getHostName());
            System.out.println(ADDRESS.getHostName());
            System.out.println(ADDRESS.getHostString());
            System.out.println(ADDRESS.getAddress().getHostName());
            System.out.println(VsockSocketAddress.parse("vsock:3:5000").getHostName());
            System.out.println(VsockSocketAddress.ofMapped(new InetSocketAddress(bare, 5000)).getHostName());
            System.out.println(copy(ADDRESS).getHostName());
            System.out.println(copy(ADDRESS));
        }

        private static VsockSocketAddress copy(VsockSocketAddress address) throws Exception {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(address);
            }
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                return (VsockSocketAddress) in.readObject();
            }
        }
    }

    @Test
    void noMethodAsksForTheNameOfTheMappedAddress(@TempDir Path folder) throws Exception {
        Path hosts = Files.createFile(folder.resolve("hosts"));

        List<String> lines = ChildJvm.of(Program.class).arguments(hosts).property("jdk.net.hosts.file", hosts).run()
            .succeeded().lines();

        String literal = "ff11:76:736f:636b:0:0:0:3";
        assertEquals(List.of("trap", literal, literal, literal, literal, literal, literal, "vsock:3:5000"), lines);
    }

    /** Tries rules for the texts, of which the trap knows each. */
    static final class RulesFor {
        public static void main(String[] args) {
            for (String text : args) {
                System.setProperty("io.niovsock.rules", text + "=local");
                try {
                    Vsock.explain(new InetSocketAddress(InetAddress.getLoopbackAddress(), 80));
                    System.out.println(text + " was looked up");
                } catch (IllegalArgumentException e) {
                    System.out.println("refused");
                }
            }
        }
    }

    @Test
    void aRuleForWhatIsNoLiteralIsRefusedNotLookedUp(@TempDir Path folder) throws Exception {
        List<String> names = List.of("localhost", "trap.test", "1", "1.2.3", "127.1", "0x7f.1", "2130706433",
            "10.0.0.999", "300.300.300.300", "256.0.0.1", "a", "de.ad.be.ef");
        Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 " + String.join(" ", names) + "\n");

        List<String> lines = ChildJvm.of(RulesFor.class).property("jdk.net.hosts.file", hosts)
            .arguments(names.toArray()).run().succeeded().lines();

        assertEquals(Collections.nCopies(names.size(), "refused"), lines);
    }
}
