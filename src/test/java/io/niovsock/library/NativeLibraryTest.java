// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.Build;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The steps in which the native library is found, and the messages if one fails. */
class NativeLibraryTest {
    @TempDir
    private Path folder;
    private Build build;
    private Path temporary;

    @BeforeEach
    void makeAFolderForTemporaryFiles() throws IOException {
        build = new Build(folder);
        temporary = Files.createDirectory(folder.resolve("tmp"));
    }

    static final class OpenTwice {
        public static void main(String[] args) throws IOException {
            for (int i = 0; i < 2; i++) {
                try (SocketChannel channel = SocketChannel.open(); Selector selector = Selector.open()) {
                    System.out.println("opened " + (channel.isOpen() && selector.isOpen()));
                }
                try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                    System.out.println("vsock " + channel.isOpen());
                } catch (IOException e) {
                    System.out.println("IOException: " + e.getMessage());
                }
            }
        }
    }

    private ChildJvm jvm() {
        return ChildJvm.of(OpenTwice.class).without("io.niovsock.library").without("java.library.path")
            .property("java.io.tmpdir", temporary);
    }

    private static void assertOpens(ChildJvm jvm) throws Exception {
        assertEquals(List.of("opened true", "vsock true", "opened true", "vsock true"), jvm.run().succeeded().lines());
    }

    /** Channels without vsock open; both attempts at vsock fail, each with the cause. */
    private static void assertFailsTwice(ChildJvm jvm, String... parts) throws Exception {
        ChildJvm.Result result = jvm.run().succeeded(); // the JVM may add lines with warnings
        List<String> lines = result.lines().stream().filter(line -> line.startsWith("IOException: ")).toList();
        assertEquals(2, lines.size(), result::text);
        assertEquals(2, result.lines().stream().filter("opened true"::equals).count(), result::text);
        for (String line : lines) {
            for (String part : parts)
                assertTrue(line.contains(part), () -> "'" + part + "' is not in: " + line);
        }
    }

    private void assertNothingUnpacked() {
        assertEquals("", String.join(" ", temporary.toFile().list()));
    }

    @Test
    void theJarsCopyIsUnpackedAndLeavesNothingBehind() throws Exception {
        assertOpens(jvm());
        assertNothingUnpacked();
    }

    static final class ListWhileOpen {
        public static void main(String[] args) throws Exception {
            try (SocketChannel channel = SocketChannel.open()) {
                System.out.println(channel.isOpen() + " "
                    + new File(System.getProperty("java.io.tmpdir")).list().length);
            }
        }
    }

    /** A JVM that is killed leaves nothing behind, either. */
    @Test
    void itIsGoneAsSoonAsItIsLoaded() throws Exception {
        ChildJvm jvm = ChildJvm.of(ListWhileOpen.class).without("io.niovsock.library").without("java.library.path")
            .property("java.io.tmpdir", temporary);
        assertEquals(List.of("true 0"), jvm.run().succeeded().lines());
    }

    @Test
    void thePropertyNamesAFile() throws Exception {
        Path copy = Files.copy(build.nativeLibrary(), folder.resolve("my own name.so"));
        assertOpens(jvm().library(build.classesWithoutLibrary()).property("io.niovsock.library", copy));
    }

    @Test
    void aFileThatIsNotThereIsNamed() throws Exception {
        Path missing = folder.resolve("missing.so");
        assertFailsTwice(jvm().property("io.niovsock.library", missing), "io.niovsock.library", missing.toString());
        assertNothingUnpacked();
    }

    @Test
    void aFileThatIsNoLibraryIsNamed() throws Exception {
        Path text = Files.writeString(folder.resolve("text.so"), "no ELF here");
        assertFailsTwice(jvm().property("io.niovsock.library", text), "io.niovsock.library", text.toString());
    }

    @Test
    void aRelativeFileIsRefused() throws Exception {
        assertFailsTwice(jvm().property("io.niovsock.library", "libniovsock.so"), "io.niovsock.library",
            "libniovsock.so");
    }

    @Test
    void theLibraryPathIsSearched() throws Exception {
        Path path = Files.createDirectory(folder.resolve("path"));
        Files.copy(build.nativeLibrary(), path.resolve("libniovsock.so"));
        assertOpens(jvm().library(build.classesWithoutLibrary()).property("java.library.path", path));
        assertNothingUnpacked();
    }

    @Test
    void aBrokenLibraryOnTheLibraryPathIsNotPassedOver() throws Exception {
        Path path = Files.createDirectory(folder.resolve("path"));
        Files.writeString(path.resolve("libniovsock.so"), "no ELF here");
        assertFailsTwice(jvm().property("java.library.path", path), "java.library.path", path.toString());
    }

    @Test
    void aJarWithoutALibraryForThisMachineSaysWhatToDo() throws Exception {
        assertFailsTwice(jvm().library(build.classesWithoutLibrary()), "no native library for linux-",
            "io.niovsock.library");
    }

    @Test
    void anotherArchitectureIsNamed() throws Exception {
        assertFailsTwice(jvm().property("os.arch", "pdp11"), "linux-pdp11");
    }

    @Test
    void aFolderForTemporaryFilesThatIsNotThereIsNamed() throws Exception {
        Path missing = folder.resolve("missing");
        assertFailsTwice(jvm().property("java.io.tmpdir", missing), missing.toString(), "-Djava.io.tmpdir=");
    }

    /** Mounts a folder in a mount namespace of its own, which ends with the process. */
    @Test
    void aFolderForTemporaryFilesThatForbidsExecutionIsNamed() throws Exception {
        String[] namespace = { "unshare", "--mount", "sh", "-c",
            "mount -t tmpfs -o noexec tmpfs '" + temporary + "' && exec \"$@\"", "sh" };
        requireMounts(namespace);
        assertFailsTwice(jvm().under(namespace), temporary.toString(), "noexec", "-Djava.io.tmpdir=",
            "io.niovsock.library");
    }

    private static void requireMounts(String[] namespace) throws Exception {
        String[] command = Stream.concat(Stream.of(namespace), Stream.of("true")).toArray(String[]::new);
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            if (process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0)
                return;
            process.destroyForcibly();
        } catch (IOException noSuchProgram) {
            // the log has the same message
        }
        Skip.because("a tmpfs cannot be mounted with noexec here: run the tests as root, with unshare(1)");
    }

    /** Sockets of java.net work, and opening a vsock channel throws the cause at once. */
    static final class Legacy {
        public static void main(String[] args) throws Exception {
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                 Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                 Socket accepted = server.accept()) {
                client.getOutputStream().write(7);
                System.out.println("read " + accepted.getInputStream().read());
            }
        }
    }

    @Test
    void socketsOfJavaNetGoOnWithoutTheLibrary() throws Exception {
        assertEquals(List.of("read 7"), ChildJvm.of(Legacy.class).property("io.niovsock.library", "/nowhere").run()
            .succeeded().lines());
    }

    /** The glibc of old distributions: CentOS 7 has 2.17, Ubuntu 14.04 has 2.19. */
    @Test
    void theLibraryNeedsNoGlibcNewerThan217() throws Exception {
        Process process;
        try {
            process = new ProcessBuilder("objdump", "-T", build.nativeLibrary().toString()).redirectErrorStream(true)
                .start();
        } catch (IOException e) {
            throw Skip.because("no objdump: install binutils");
        }
        ChildJvm.Result symbols = ChildJvm.finish(process).succeeded();
        Pattern version = Pattern.compile("GLIBC_(\\d+)\\.(\\d+)(?:\\.\\d+)?\\)?\\s+(\\w+)");
        int versions = 0;
        for (String line : symbols.lines()) {
            Matcher symbol = version.matcher(line);
            if (!symbol.find())
                continue;
            versions++;
            int major = Integer.parseInt(symbol.group(1));
            int minor = Integer.parseInt(symbol.group(2));
            assertFalse(major > 2 || minor > 17, line);
        }
        assertTrue(versions > 5, () -> "the table was not understood: " + symbols.text());
        assertTrue(symbols.text().contains("JNI_OnLoad"));
    }
}
