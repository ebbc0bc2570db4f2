// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import io.niovsock.VsockSelectorProvider;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The results of this build, which may be a folder of classes or a jar. Copies go to a folder of the test. */
public final class Build {
    private final Path folder;

    public Build(Path folder) {
        this.folder = folder;
    }

    /** The classes of this build as a folder; extracted, if they are in a jar. */
    public Path classes() throws IOException {
        Path origin = ChildJvm.folderOf(VsockSelectorProvider.class);
        if (Files.isDirectory(origin))
            return origin;
        Path unpacked = folder.resolve("unpacked");
        if (Files.notExists(unpacked))
            try (FileSystem jar = FileSystems.newFileSystem(origin)) {
                copy(jar.getPath("/"), unpacked, file -> true);
            }
        return unpacked;
    }

    /** The native library of this build for the architecture of this JVM. */
    public Path nativeLibrary() throws IOException {
        String architecture = System.getProperty("os.arch").replace("amd64", "x86_64");
        return classes().resolve("META-INF/native/linux-" + architecture + "/libniovsock.so");
    }

    /** Copies the native library into a new folder of the given name, under its own name. */
    public Path nativeLibraryIn(String name) throws IOException {
        return Files.copy(nativeLibrary(), Files.createDirectory(folder.resolve(name)).resolve("libniovsock.so"));
    }

    /** The version of this build's classes. */
    public String version() throws IOException {
        return Files.readString(classes().resolve("META-INF/native/version")).strip();
    }

    /** The classes without the native library, as in a jar for other platforms. */
    public Path classesWithoutLibrary() throws IOException {
        Path to = folder.resolve("classes");
        copy(classes(), to, file -> !isLibrary(file));
        return to;
    }

    private static boolean isLibrary(Path file) {
        return file.endsWith("libniovsock.so");
    }

    private static void copy(Path from, Path to, Predicate<Path> chosen) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(chosen).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file))
                    Files.createDirectories(copy);
                else
                    Files.copy(file, copy);
            }
        }
    }
}
