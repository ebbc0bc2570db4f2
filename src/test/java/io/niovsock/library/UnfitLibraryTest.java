// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.Build;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A file that is no library for this machine, or not a whole one. The JVM goes on, and the error says what it is. */
class UnfitLibraryTest {
    private static final int EI_CLASS = 4;
    private static final int E_MACHINE = 18;
    private static final short AARCH64 = 183;
    private static final short X86_64 = 62;
    private static final short AVR = 83;

    @TempDir
    private Path folder;
    private Build build;
    private byte[] library;

    @BeforeEach
    void readTheLibrary() throws IOException {
        build = new Build(folder);
        library = Files.readAllBytes(build.nativeLibrary());
    }

    static final class Open {
        public static void main(String[] args) throws IOException {
            try (SocketChannel channel = SocketChannel.open()) {
                System.out.println("TCP: " + channel.isOpen());
            }
            try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                System.out.println("vsock: " + channel.isOpen());
            } catch (IOException e) {
                System.out.println("vsock: " + e.getMessage());
            }
        }
    }

    private static String thisArchitecture() {
        return System.getProperty("os.arch").replace("amd64", "x86_64");
    }

    private static boolean isX86() {
        return thisArchitecture().equals("x86_64");
    }

    private void setMachine(short number) {
        ByteBuffer.wrap(library).order(ByteOrder.LITTLE_ENDIAN).putShort(E_MACHINE, number);
    }

    private Path file() throws IOException {
        return Files.write(folder.resolve("libniovsock.so"), library);
    }

    private static ChildJvm jvm() {
        return ChildJvm.of(Open.class).without("io.niovsock.library").without("java.library.path");
    }

    private static void assertRefused(ChildJvm jvm, String... parts) throws Exception {
        ChildJvm.Result result = jvm.run().succeeded();
        assertTrue(result.lines().contains("TCP: true"), result::text);
        String line = result.lines().stream().filter(text -> text.startsWith("vsock: ")).findFirst().orElseThrow();
        for (String part : parts)
            assertTrue(line.contains(part), () -> "'" + part + "' is not in: " + line);
    }

    @Test
    void anotherArchitectureThatThePropertyNames() throws Exception {
        setMachine(isX86() ? AARCH64 : X86_64);
        assertRefused(jvm().property("io.niovsock.library", file()), "io.niovsock.library", file().toString(),
            "is for " + (isX86() ? "aarch64" : "x86_64"), "this JVM is for " + thisArchitecture());
    }

    @Test
    void anotherArchitectureOnTheLibraryPath() throws Exception {
        setMachine(isX86() ? AARCH64 : X86_64);
        assertRefused(jvm().property("java.library.path", file().getParent()), "java.library.path", file().toString(),
            "is for " + (isX86() ? "aarch64" : "x86_64"), "this JVM is for " + thisArchitecture());
    }

    @Test
    void anArchitectureWithoutAJvm() throws Exception {
        setMachine(AVR);
        assertRefused(jvm().property("io.niovsock.library", file()), "is for machine 83",
            "this JVM is for " + thisArchitecture());
    }

    @Test
    void anotherNumberOfBits() throws Exception {
        library[EI_CLASS] = 1;
        assertRefused(jvm().property("io.niovsock.library", file()), "another kind of " + thisArchitecture(),
            "64 bits");
    }

    /** If the JVM loads a file that lacks a mapped part, a SIGBUS ends the JVM. */
    @ParameterizedTest
    @ValueSource(doubles = { 0.002, 0.1, 0.5, 0.99999 })
    void aTruncatedFile(double part) throws Exception {
        library = Arrays.copyOf(library, (int) (library.length * part));
        assertRefused(jvm().property("io.niovsock.library", file()), file().toString(),
            "is incomplete: its headers refer to bytes after its end, at " + library.length);
    }

    @Test
    void aFileThatIsShorterThanItsHeader() throws Exception {
        library = Arrays.copyOf(library, 63);
        assertRefused(jvm().property("io.niovsock.library", file()), "it has no ELF header");
    }

    @Test
    void anEmptyFile() throws Exception {
        library = new byte[0];
        assertRefused(jvm().property("io.niovsock.library", file()), file().toString(), "is empty");
        assertRefused(jvm().property("java.library.path", file().getParent()), file().toString(), "is empty");
    }

    @Test
    void aJarWithATruncatedLibrary() throws Exception {
        Path classes = build.classesWithoutLibrary();
        Path inside = classes.resolve("META-INF/native/linux-" + thisArchitecture() + "/libniovsock.so");
        Files.write(inside, Arrays.copyOf(library, library.length / 2));
        assertRefused(jvm().library(classes), "the jar's copy of the native library is incomplete", "damaged");
    }

    @Test
    void aJarWithoutItsLibraries() throws Exception {
        assertRefused(jvm().library(build.classesWithoutLibrary()),
            "the jar has no native library for linux-" + thisArchitecture(), "native/build");
    }
}
