// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** JDK 24 and later can be configured to deny native libraries, except to modules that a flag names. */
class DeniedNativeAccessTest {
    private static final String DENY = "--illegal-native-access=deny";

    @BeforeEach
    void requireAJvmThatDenies() {
        if (Runtime.version().feature() < 24)
            Skip.because("this JDK never denies native access: run the test on JDK 24 or later");
    }

    static final class OpenThrice {
        public static void main(String[] args) {
            for (int i = 0; i < 3; i++) {
                try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                    System.out.println("opened " + channel.isOpen());
                } catch (IOException e) {
                    System.out.println("IOException: " + e.getMessage());
                }
            }
        }
    }

    private static ChildJvm jvm() {
        return ChildJvm.of(OpenThrice.class).withoutNativeAccess().option(DENY);
    }

    private static void assertEachAttemptNames(String flag, ChildJvm jvm) throws Exception {
        ChildJvm.Result result = jvm.run().succeeded();
        List<String> failures = result.lines().stream().filter(line -> line.startsWith("IOException: ")).toList();
        assertEquals(3, failures.size(), result::text);
        for (String failure : failures) {
            assertTrue(failure.contains("denies native access (allow it with " + flag + ")"), failure);
            assertTrue(failure.contains("Illegal native access from"), failure); // the JVM's message
        }
    }

    @Test
    void onTheClassPathEachAttemptNamesTheFlag() throws Exception {
        assertEachAttemptNames("--enable-native-access=ALL-UNNAMED", jvm());
    }

    @Test
    void soDoesTheJarsOwnCopy() throws Exception {
        assertEachAttemptNames("--enable-native-access=ALL-UNNAMED",
            jvm().without("java.library.path").without("io.niovsock.library"));
    }

    @Test
    void aNamedFileIsNoWayAround() throws Exception {
        assertEachAttemptNames("--enable-native-access=ALL-UNNAMED",
            jvm().property("io.niovsock.library", "/nowhere.so"));
    }

    @Test
    void onTheModulePathTheModuleIsNamed() throws Exception {
        String library = ChildJvm.folderOf(VsockSelectorProvider.class).toString();
        ChildJvm modular = jvm().option("--module-path").option(library).option("--add-modules").option("io.niovsock")
            .library(Files.createTempDirectory("nothing"));
        assertEachAttemptNames("--enable-native-access=io.niovsock", modular);
    }

    @Test
    void theFlagThatIsNamedHelps() throws Exception {
        List<String> opened = List.of("opened true", "opened true", "opened true");
        assertEquals(opened, jvm().option("--enable-native-access=ALL-UNNAMED").run().succeeded().lines());
    }
}
