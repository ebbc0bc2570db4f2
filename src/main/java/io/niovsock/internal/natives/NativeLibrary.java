package io.niovsock.internal.natives;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

import static java.nio.file.attribute.PosixFilePermission.OWNER_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;

/**
 * Finds the native library, by a ladder of three steps:
 * <ol>
 *   <li> the file that the system property {@value #LIBRARY_PROPERTY} names; where it is set, nothing else is tried;
 *   <li> {@code libniovsock.so} on {@code java.library.path};
 *   <li> the copy in the jar for this system and architecture, unpacked to a file of its own in {@code java.io.tmpdir}
 *        that only this user can read, and deleted again as soon as it is loaded.
 * </ol>
 */
final class NativeLibrary {
    static final String LIBRARY_PROPERTY = "io.niovsock.library";

    private static final int CREATE_ATTEMPTS = 100;

    private NativeLibrary() { }

    /** @throws UnsatisfiedLinkError saying what was tried, why it failed, and what to set */
    @SuppressWarnings("restricted") // since JDK 24 System.load warns unless --enable-native-access is given
    static void load() {
        String named = System.getProperty(LIBRARY_PROPERTY);
        if (named != null) {
            loadNamed(named);
            return;
        }
        try {
            System.loadLibrary("niovsock");
        } catch (UnsatisfiedLinkError notOnPath) {
            if (!String.valueOf(notOnPath.getMessage()).contains("java.library.path"))
                throw failure("the niovsock library on java.library.path cannot be loaded", notOnPath);
            loadFromJar();
        }
    }

    @SuppressWarnings("restricted")
    private static void loadNamed(String file) {
        try {
            System.load(file);
        } catch (UnsatisfiedLinkError e) {
            throw failure("the library that " + LIBRARY_PROPERTY + " names cannot be loaded: " + file, e);
        }
    }

    @SuppressWarnings("restricted")
    private static void loadFromJar() {
        String resource = "/META-INF/native/" + platform() + "/libniovsock.so";
        Path unpacked;
        try (InputStream library = NativeLibrary.class.getResourceAsStream(resource)) {
            if (library == null)
                throw failure("the jar has no native library for " + platform()
                    + " (build one there with native/build and name it with -D" + LIBRARY_PROPERTY + "=FILE)", null);
            unpacked = unpack(library);
        } catch (IOException e) {
            throw failure("the native library cannot be unpacked to " + System.getProperty("java.io.tmpdir")
                + " (set -Djava.io.tmpdir=DIRECTORY to one that can be written to)", e);
        }
        try {
            System.load(unpacked.toString());
        } catch (UnsatisfiedLinkError e) {
            throw failure("the native library was unpacked to " + unpacked.getParent() + " but cannot be loaded from there"
                + " (mounted noexec? set -Djava.io.tmpdir=DIRECTORY to one that allows execution, or unzip " + resource.substring(1)
                + " from the jar and name it with -D" + LIBRARY_PROPERTY + "=FILE)", e);
        } finally {
            unpacked.toFile().delete(); // a loaded library needs its file no longer
        }
    }

    /** A file that did not exist before and that nobody else can write to, so that nobody can swap its content. */
    private static Path unpack(InputStream library) throws IOException {
        Path file = createFile(Path.of(System.getProperty("java.io.tmpdir")));
        try (var out = Files.newOutputStream(file)) {
            library.transferTo(out);
        } catch (IOException e) {
            file.toFile().delete();
            throw e;
        }
        return file.toAbsolutePath(); // System.load takes no other
    }

    /**
     * Like {@code Files.createTempFile}, which takes its names from a {@code SecureRandom} and so 30 ms of a JVM's start.
     * They need not be secret: no file is created where there is one, or a link.
     */
    private static Path createFile(Path folder) throws IOException {
        FileAttribute<Set<PosixFilePermission>> ownerOnly =
            PosixFilePermissions.asFileAttribute(EnumSet.of(OWNER_READ, OWNER_WRITE, OWNER_EXECUTE));
        for (int attempt = 1; ; attempt++) {
            Path file = folder.resolve("libniovsock" + Long.toHexString(System.nanoTime()) + ".so");
            try {
                return Files.createFile(file, ownerOnly);
            } catch (FileAlreadyExistsException e) {
                if (attempt == CREATE_ATTEMPTS)
                    throw e;
            }
        }
    }

    /** The folder of the jar's copy, such as {@code linux-x86_64}: names as {@code uname} prints them. */
    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).replace(" ", "");
        String architecture = System.getProperty("os.arch");
        return system + "-" + ("amd64".equals(architecture) ? "x86_64" : architecture);
    }

    private static UnsatisfiedLinkError failure(String what, Throwable cause) {
        String because = cause == null ? "" : ": " + cause.getMessage();
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("nio-vsock: " + what + because);
        if (cause != null)
            error.initCause(cause);
        return error;
    }
}
