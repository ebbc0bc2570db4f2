// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Another program may write to the folder of a listener's files: the monitor, at least. */
class SocketFileTest {
    @TempDir
    private Path folder;

    static final class Listening {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open()
                .bind(VsockSocketAddress.parse("vsock:host:6000"))) {
                System.out.println("listens");
            } catch (IOException e) {
                System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        }
    }

    private static String permissionsOf(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    /** The permissions are set for the socket that was bound, and for no other file that has taken its place. */
    @ParameterizedTest
    @CsvSource({ "symbolic, false", "symbolic, true", "hard, false", "hard, true" })
    void theFileOfAnotherProgramKeepsItsPermissions(String link, boolean ofSocket) throws Exception {
        Path another = folder.resolve("another");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            if (ofSocket)
                server.bind(UnixDomainSocketAddress.of(another));
            else
                Files.createFile(another);
            Files.setPosixFilePermissions(another, PosixFilePermissions.fromString("rw-------"));
            Path socket = folder.resolve("v");
            String preloaded = System.getenv().getOrDefault("LD_PRELOAD", ""); // a sanitizer's library must come first
            List<String> lines = ChildJvm.of(Listening.class).property("io.niovsock.hybrid", "42=" + socket)
                .property("io.niovsock.hybrid.permissions", "rw-rw-rw-")
                .under("env", "LD_PRELOAD=" + preloaded + " " + CProgram.library("replaced_socket"),
                    "REPLACEMENT=" + another, "REPLACE_BY=" + link).run().succeeded().lines();
            assertEquals("rw-------", permissionsOf(another));
            assertTrue(lines.get(0).startsWith("BindException: ") && lines.get(0).contains(socket + "_6000"),
                lines::toString);
        }
    }

    @ParameterizedTest
    @CsvSource({ "rwxrwxrwx", "---------", "r--r-----", "-w--w----", "--x--x--x", "rw-------" })
    void everyPermissionIsSet(String permissions) throws Exception {
        Path socket = folder.resolve("v");
        ChildJvm.Result result = ChildJvm.of(AttachTest.Listening.class).arguments(socket)
            .property("io.niovsock.hybrid", "42=" + socket).property("io.niovsock.hybrid.permissions", permissions)
            .run().succeeded();
        assertTrue(result.lines().contains(permissions), result::text);
    }

    /** A link that leads nowhere is a file, too: bind(2) does not follow it. */
    @Test
    void aLinkInTheWayIsLeftAlone() throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = ServerSocketChannel.open()) {
            Path file = guest.device().fileOf(6001);
            Files.createSymbolicLink(file, folder.resolve("nowhere"));
            assertFails(BindException.class, () -> server.bind(VsockSocketAddress.parse("vsock:host:6001")));
            assertTrue(Files.isSymbolicLink(file));
            assertTrue(Files.notExists(folder.resolve("nowhere")));
        }
    }

    /** The socket of another program, under the same path. */
    @Test
    void aSocketThatHasTakenThePlaceIsLeftAlone() throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(VsockSocketAddress.parse("vsock:host:6002"));
            Path file = guest.device().fileOf(6002);
            Files.delete(file);
            try (ServerSocketChannel another = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(file))) {
                server.close();
                guest.attached().close();
                try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
                    another.accept().close();
                }
            }
        }
    }
}
