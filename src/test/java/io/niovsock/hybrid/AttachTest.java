// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Guests are attached by a call or by a system property. */
class AttachTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(longs = { -1, 0, 1, 2, VsockSocketAddress.CID_ANY, 1L << 32 })
    void aCidThatNoGuestHasIsRefused(long cid) {
        String message = assertFails(IllegalArgumentException.class, () -> Vsock.attach(cid, Path.of("/run/v.sock")))
            .getMessage();
        assertTrue(message.contains("CID " + cid), message);
    }

    @Test
    void aRelativePathIsRefused() {
        assertFails(IllegalArgumentException.class, () -> Vsock.attach(50, Path.of("v.sock")));
    }

    /** The files for the ports would be beside it. */
    @Test
    void theRootOfTheFileSystemIsRefused() {
        assertFails(IllegalArgumentException.class, () -> Vsock.attach(50, Path.of("/")));
    }

    /** An AF_UNIX address has 108 bytes; the files for the ports need 11, and the NUL at the end one. */
    @Test
    void aPathThatIsTooLongIsRefused() throws Exception {
        Path longest = Path.of("/" + "v".repeat(95));
        Vsock.attach(50, longest).close();
        String message = assertFails(IllegalArgumentException.class, () -> Vsock.attach(50, Path.of(longest + "v")))
            .getMessage();
        assertTrue(message.contains("97 bytes, of at most 96"), message);
    }

    @Test
    void aCidIsAttachedOnce() throws Exception {
        try (VsockGuest guest = Vsock.attach(50, folder.resolve("v"))) {
            String message = assertFails(IllegalStateException.class, () -> Vsock.attach(50, folder.resolve("w")))
                .getMessage();
            assertTrue(message.contains(folder.resolve("v").toString()), message);
            assertEquals(50, guest.getCid());
            assertEquals(folder.resolve("v"), guest.getSocket());
        }
        try (VsockGuest again = Vsock.attach(50, folder.resolve("w"))) {
            assertEquals("CID 50 at " + folder.resolve("w"), again.toString());
        }
    }

    /** The first close of a guest must not detach the next one with its CID. */
    @Test
    void aSecondCloseHasNoEffect() throws Exception {
        VsockGuest first = Vsock.attach(50, folder.resolve("v"));
        first.close();
        try (VsockGuest next = Vsock.attach(50, folder.resolve("v"))) {
            first.close();
            assertFails(IllegalStateException.class, () -> Vsock.attach(50, folder.resolve("v")));
            assertTrue(Vsock.report().contains("attached guests: " + next), () -> Vsock.report().toString());
        }
    }

    @Test
    void explainNamesTheSocket() throws Exception {
        SocketAddress endpoint = VsockSocketAddress.of(50, 5000);
        try (VsockGuest guest = Vsock.attach(50, folder.resolve("v"))) {
            assertTrue(Vsock.explain(endpoint).contains(guest.getSocket().toString()), () -> Vsock.explain(endpoint));
        }
        assertTrue(!Vsock.explain(endpoint).contains("attached"), () -> Vsock.explain(endpoint));
    }

    static final class Connecting {
        public static void main(String[] args) throws Exception {
            System.out.println(Vsock.report().stream().filter(line -> line.startsWith("attached")).findAny());
            try (SocketChannel client = SocketChannel.open(VsockSocketAddress.of(42, Guest.PORT))) {
                System.out.println("connected to " + client.getRemoteAddress());
            }
        }
    }

    @Test
    void thePropertyAttachesGuests() throws Exception {
        try (PlayedDevice device = PlayedDevice.start(folder.resolve("v"), PlayedDevice.Monitor.CLOUD_HYPERVISOR)
            .listen(Guest.PORT)) {
            ChildJvm.Result result = ChildJvm.of(Connecting.class)
                .property("io.niovsock.hybrid", "42=" + device.socket() + ", 43=/run/another").run().succeeded();
            assertTrue(result.text().contains("CID 42 at " + device.socket() + ", CID 43 at /run/another"),
                result::text);
            assertTrue(result.text().contains("connected to vsock:42:5000"), result::text);
        }
    }

    /** With an address rule, a program that knows only TCP reaches a guest. */
    static final class ByRule {
        public static void main(String[] args) throws Exception {
            SocketAddress tcp = new java.net.InetSocketAddress("10.0.0.42", 80);
            System.out.println(Vsock.explain(tcp));
            try (SocketChannel client = SocketChannel.open(tcp)) {
                System.out.println("connected to " + client.getRemoteAddress());
            }
        }
    }

    @Test
    void aRuleLeadsToAGuest() throws Exception {
        try (PlayedDevice device = PlayedDevice.start(folder.resolve("v"), PlayedDevice.Monitor.FIRECRACKER)
            .listen(Guest.PORT)) {
            ChildJvm.Result result = ChildJvm.of(ByRule.class).property("io.niovsock.rules", "10.0.0.42:80=42:5000")
                .property("io.niovsock.hybrid", "42=" + device.socket()).run().succeeded();
            assertTrue(result.text().contains("the guest is attached, by " + device.socket()), result::text);
            assertTrue(result.text().contains("connected to /10.0.0.42:80"), result::text);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = { "42; guest 1 '42': expected CID=PATH", "x=/v; guest 1 'x=/v'",
        "42=/v,; guest 2 ''", "42=/v,43=v; guest 2 '43=v': the path v", "42=/v,42=/w; there twice",
        "2=/v; CID 2 is not that of a guest" })
    void aMalformedPropertyIsNamed(String value, String message) throws Exception {
        String text = ChildJvm.of(Connecting.class).property("io.niovsock.hybrid", value).run().failed().text();
        assertTrue(text.contains("-Dio.niovsock.hybrid: ") && text.contains(message), text);
        assertTrue(text.contains("IllegalArgumentException"), text);
    }

    /** Prints the permissions of the file for its port. */
    static final class Listening {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open()
                .bind(VsockSocketAddress.parse("vsock:host:6000"))) {
                System.out.println(PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(Path.of(args[0] + "_6000"))));
            }
        }
    }

    @Test
    void thePermissionsOfTheFilesAreTheUsers() throws Exception {
        Path socket = folder.resolve("v");
        ChildJvm.Result result = ChildJvm.of(Listening.class).arguments(socket)
            .property("io.niovsock.hybrid", "42=" + socket).property("io.niovsock.hybrid.permissions", "rw-rw----")
            .run().succeeded();
        assertTrue(result.lines().contains("rw-rw----"), result::text);
        assertTrue(!Files.exists(Path.of(socket + "_6000")));
        String malformed = ChildJvm.of(Listening.class).arguments(socket)
            .property("io.niovsock.hybrid", "42=" + socket).property("io.niovsock.hybrid.permissions", "0660")
            .run().failed().text();
        assertTrue(malformed.contains("-Dio.niovsock.hybrid.permissions=0660"), malformed);
    }
}
