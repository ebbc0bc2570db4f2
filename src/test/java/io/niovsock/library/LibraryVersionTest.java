// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.Build;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A native library of another build than the classes is refused, wherever it is found. */
class LibraryVersionTest {
    @TempDir
    private Path folder;
    private Build build;

    @BeforeEach
    void findTheBuild() {
        build = new Build(folder);
    }

    static final class OpenTwice {
        public static void main(String[] args) {
            for (int i = 0; i < 2; i++) {
                try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                    System.out.println("opened " + channel.isOpen());
                } catch (IOException e) {
                    System.out.println("IOException: " + e.getMessage());
                }
            }
        }
    }

    private static ChildJvm jvm() {
        return ChildJvm.of(OpenTwice.class).without("io.niovsock.library").without("java.library.path");
    }

    private static void assertRefusedTwice(ChildJvm jvm, String... parts) throws Exception {
        ChildJvm.Result result = jvm.run().succeeded();
        assertEquals(2, result.lines().size(), result::text);
        for (String line : result.lines()) {
            assertTrue(line.startsWith("IOException: "), line);
            for (String part : parts)
                assertTrue(line.contains(part), () -> "'" + part + "' is not in: " + line);
        }
    }

    /** Replaces a text in the library with one of the same length. */
    private static void patch(Path library, String old, String replacement) throws IOException {
        String bytes = Files.readString(library, StandardCharsets.ISO_8859_1);
        assertTrue(bytes.contains(old), () -> "there is no " + old + " in " + library);
        Files.writeString(library, bytes.replace(old, replacement), StandardCharsets.ISO_8859_1);
    }

    private static String other(String version) {
        return "9" + version.substring(1);
    }

    @Test
    void theVersionIsThatOfThePom() throws Exception {
        String number = build.version().replaceFirst("\\+.*", "");
        assertTrue(Files.readString(Path.of("pom.xml")).contains("  <version>" + number + "</version>"),
            build.version());
    }

    @Test
    void onTheLibraryPath() throws Exception {
        Path library = build.nativeLibraryIn("path");
        patch(library, build.version(), other(build.version()));
        assertRefusedTwice(jvm().property("java.library.path", library.getParent()), library.toString(),
            "java.library.path",
            "has the version " + other(build.version()), "the jar has " + build.version(), "remove");
    }

    @Test
    void whereThePropertyNamesIt() throws Exception {
        Path library = build.nativeLibraryIn("named");
        patch(library, build.version(), other(build.version()));
        assertRefusedTwice(jvm().property("io.niovsock.library", library), library.toString(), "io.niovsock.library",
            "has the version " + other(build.version()), "the jar has " + build.version());
    }

    /** A library of a build from before there were versions. */
    @Test
    void withoutAVersion() throws Exception {
        Path library = build.nativeLibraryIn("path");
        patch(library, "NativeLibrary_version", "NativeLibrary_verzion");
        assertRefusedTwice(jvm().property("java.library.path", library.getParent()), library.toString(),
            "has the version none",
            "the jar has " + build.version());
    }
}
