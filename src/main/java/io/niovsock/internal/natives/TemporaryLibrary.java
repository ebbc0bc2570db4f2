// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.natives;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A file that exists while the native library is loaded from it. It is in a new folder of {@code java.io.tmpdir}, with
 * mode 0700. Both are deleted as soon as the library is loaded.
 *
 * <p> {@code java.io.tmpdir} is refused if it, or a folder above it, is writable for every user and has no sticky bit:
 * any user could then put another file in place of this one. Owners, groups and access control lists of these folders
 * are not checked: their owners, and users who may write by group or list, are trusted.
 */
final class TemporaryLibrary {
    private static final int CREATE_ATTEMPTS = 100;
    private static final int S_ISVTX = 01000; // the sticky bit: only its owner may rename an entry
    private static final int S_IWOTH = 00002;

    private TemporaryLibrary() { }

    /**
     * @param what for the message, which library it is
     * @param alternative for the message, what else to do if the folder does not allow execution
     */
    static void load(String what, InputStream library, String alternative) {
        File folder = null;
        File file = null;
        try {
            folder = createFolder().toFile();
            file = new File(folder, "libniovsock.so");
            write(library, file);
            ElfFile.requireFits(what, file, "replace it: it is damaged");
            loadUnpacked(file, alternative);
        } catch (IOException e) {
            throw NativeLibrary.failure("the native library cannot be unpacked to "
                + System.getProperty("java.io.tmpdir")
                + " (set -Djava.io.tmpdir=DIRECTORY to one that can be written to)", e);
        } finally {
            if (file != null)
                file.delete();
            if (folder != null)
                folder.delete();
        }
    }

    private static void loadUnpacked(File file, String alternative) {
        try {
            NativeLibrary.loadFile(file.toString());
        } catch (UnsatisfiedLinkError e) {
            if (e.getCause() instanceof IllegalCallerException)
                throw e;
            throw NativeLibrary.failure("the native library was unpacked to " + file.getParent()
                + " but cannot be loaded from there (mounted noexec? set -Djava.io.tmpdir=DIRECTORY to one that allows"
                + " execution" + alternative + ")", e);
        }
    }

    /**
     * Creates the file: the folder is new, and no other user can put a file or a link into it. No channel is used: its
     * classes take 1 ms of a JVM's start, and an interrupted thread could not write. {@code transferTo} may use one.
     */
    private static void write(InputStream library, File file) throws IOException {
        try (var out = new FileOutputStream(file)) {
            out.write(library.readAllBytes());
        }
    }

    /**
     * Like {@code Files.createTempDirectory}, but without its {@code SecureRandom}, which takes 30 ms of a JVM's start.
     * The names need not be secret: creating the folder fails if the name exists already, even as a link.
     */
    private static Path createFolder() throws IOException {
        Path parent = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
        requireNamesThatLast(parent);
        FileAttribute<?> ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        for (int attempt = 1; ; attempt++) {
            Path folder = parent.resolve("niovsock" + Long.toHexString(System.nanoTime()));
            try {
                return Files.createDirectory(folder, ownerOnly);
            } catch (FileAlreadyExistsException e) {
                if (attempt == CREATE_ATTEMPTS)
                    throw e;
            }
        }
    }

    /** Refuses a folder if any user may rename other users' entries in it, or in a folder above it. */
    private static void requireNamesThatLast(Path folder) throws IOException {
        for (Path at = folder; at != null; at = at.getParent()) {
            int mode = (Integer) Files.getAttribute(at, "unix:mode");
            if ((mode & (S_IWOTH | S_ISVTX)) == S_IWOTH)
                throw new FileSystemException(at.toString(), null,
                    "every user can replace other users' files there (chmod +t " + at + " prevents that)");
        }
    }
}
