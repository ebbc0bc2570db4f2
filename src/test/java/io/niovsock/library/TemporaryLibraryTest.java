// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** While the native library is unpacked and loaded, another user cannot replace its file. */
class TemporaryLibraryTest {
    @TempDir
    private Path folder;
    private Path temporary;

    @BeforeEach
    void makeAFolderForTemporaryFiles() throws IOException {
        temporary = Files.createDirectory(folder.resolve("tmp"));
    }

    private ChildJvm jvm(Class<?> program) {
        return ChildJvm.of(program).without("io.niovsock.library").without("java.library.path")
            .property("java.io.tmpdir", temporary);
    }

    /** A stream of a library that inspects the folder it is written to, and then fails. */
    private static final class Spy extends InputStream {
        @Override
        public int read() throws IOException {
            show(Path.of(System.getProperty("java.io.tmpdir")));
            throw new IOException("cannot be read further");
        }

        private static void show(Path folder) throws IOException {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.skip(1).toList())
                    System.out.println(permissions(file) + " " + folder.relativize(file).getNameCount());
            }
        }
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    static final class UnpackASpy {
        public static void main(String[] args) throws Exception {
            Method load = Class.forName("io.niovsock.internal.natives.TemporaryLibrary")
                .getDeclaredMethod("load", String.class, InputStream.class, String.class);
            load.setAccessible(true);
            try {
                load.invoke(null, "a spy", new Spy(), "");
            } catch (InvocationTargetException e) {
                System.out.println(e.getCause().getMessage());
            }
            System.out.println("left behind " + List.of(new File(System.getProperty("java.io.tmpdir")).list()));
        }
    }

    @Test
    void itIsWrittenInAFolderThatOnlyThisUserMayEnter() throws Exception {
        List<String> lines = jvm(UnpackASpy.class).run().succeeded().lines();
        assertEquals(4, lines.size(), lines::toString);
        assertEquals("rwx------ 1", lines.get(0)); // the folder
        assertTrue(lines.get(1).endsWith(" 2"), lines.get(1)); // the file in it
        assertTrue(lines.get(2).contains("cannot be read further"), lines.get(2));
        assertEquals("left behind []", lines.get(3));
    }

    static final class Open {
        public static void main(String[] args) {
            try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                System.out.println("opened " + channel.isOpen());
            } catch (IOException e) {
                System.out.println("IOException: " + e.getMessage());
            }
        }
    }

    static final class OpenInterrupted {
        public static void main(String[] args) {
            Thread.currentThread().interrupt();
            Open.main(args);
        }
    }

    /** Channels of files would be closed. */
    @Test
    void anInterruptedThreadUnpacksIt() throws Exception {
        assertEquals(List.of("opened true"), jvm(OpenInterrupted.class).run().succeeded().lines());
    }

    private static void change(String mode, Path folder) throws Exception {
        Process chmod = new ProcessBuilder("chmod", mode, folder.toString()).redirectErrorStream(true).start();
        ChildJvm.finish(chmod).succeeded();
    }

    @Test
    void aFolderInWhichEverybodyMayRenameIsRefused() throws Exception {
        change("0777", temporary);
        List<String> lines = jvm(Open.class).run().succeeded().lines();
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.get(0).contains(temporary.toRealPath() + ": every user can replace other users' files there"),
            lines.get(0));
        assertTrue(lines.get(0).contains("-Djava.io.tmpdir="), lines.get(0));
    }

    @Test
    void soIsAFolderBelowIt() throws Exception {
        change("0777", temporary);
        Path below = Files.createDirectory(temporary.resolve("below"));
        List<String> lines = jvm(Open.class).property("java.io.tmpdir", below).run().succeeded().lines();
        assertTrue(lines.get(0).contains(temporary.toRealPath() + ": every user can"), lines.get(0));
    }

    @Test
    void theStickyBitMakesItGood() throws Exception {
        change("1777", temporary);
        assertEquals(List.of("opened true"), jvm(Open.class).run().succeeded().lines());
    }
}
