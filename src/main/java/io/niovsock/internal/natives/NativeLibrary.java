// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.natives;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Finds the native library, in three steps:
 * <ol>
 *   <li> the file that the system property {@value #LIBRARY_PROPERTY} names; if it is set, the other steps are skipped;
 *   <li> {@code libniovsock.so} on {@code java.library.path}: an administrator or a distribution can install it there,
 *        for example on machines where no temporary file may be executed;
 *   <li> the copy in the jar for this system and architecture, unpacked by {@link TemporaryLibrary}.
 * </ol>
 * If a library is found but cannot be loaded, or is of another build than the classes, that is an error. The next step
 * is not tried: the JVM links methods by name, and would mix the two builds.
 *
 * <p> A file can be loaded by one class loader only. Another class loader that finds the same file loads a copy.
 */
final class NativeLibrary {
    static final String LIBRARY_PROPERTY = "io.niovsock.library";

    private static final String NAME = "niovsock";
    private static final String FILE = "lib" + NAME + ".so";
    private static final String JARS_COPY = "the jar's copy of the native library";
    private static final String VERSION_RESOURCE = "/META-INF/native/version";

    /** Some causes pass, such as a temporary lack of descriptors. But many attempts in a row must not cost much. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static volatile boolean loaded;
    private static LinkageError failure; // of the last attempt; guarded by the class, like failedAt
    private static long failedAt;

    private NativeLibrary() { }

    /**
     * Loads the library, unless it is loaded.
     *
     * @throws UnsatisfiedLinkError at each call that fails, with what was tried, why it failed, and what to set
     * @throws LinkageError if the library fits, but this JDK lacks a class or a member that it looks for when it is
     *     loaded
     */
    static void load() {
        if (!loaded)
            tryLoad();
    }

    private static synchronized void tryLoad() {
        if (loaded)
            return;
        if (failure != null && System.nanoTime() - failedAt < RETRY_NANOS)
            throw again(failure);
        try {
            climb();
        } catch (LinkageError e) {
            failure = e;
            failedAt = System.nanoTime();
            throw again(e);
        }
        failure = null;
        loaded = true;
    }

    /** The same error; with the stack trace of this attempt, if this class created it. */
    private static LinkageError again(LinkageError failure) {
        if (!(failure instanceof UnsatisfiedLinkError))
            return failure;
        UnsatisfiedLinkError error = new UnsatisfiedLinkError(failure.getMessage());
        error.initCause(failure.getCause());
        return error;
    }

    private static void climb() {
        String named = System.getProperty(LIBRARY_PROPERTY);
        if (named != null)
            loadNamed(named);
        else if (!loadFromPath())
            loadFromJar();
    }

    private static void loadNamed(String file) {
        String what = "the library that " + LIBRARY_PROPERTY + " names, " + file + ",";
        ElfFile.requireFits(what, new File(file), "name another one, or none: the jar contains one");
        try {
            loadFile(file);
        } catch (UnsatisfiedLinkError e) {
            if (!isTaken(e))
                throw failure(what + " cannot be loaded", e);
            loadCopy(what, Path.of(file));
        }
        requireVersion(what, "name a library of the same build, or none: the jar contains one");
    }

    /** Returns false if there is none. */
    @SuppressWarnings("restricted") // since JDK 24 it warns unless --enable-native-access is given
    private static boolean loadFromPath() {
        Path file = findOnPath();
        String what = "the library on java.library.path" + (file == null ? "" : ", " + file + ",");
        if (file != null)
            ElfFile.requireFits(what, file.toFile(), "remove that file, or replace it: the jar contains one");
        try {
            System.loadLibrary(NAME);
        } catch (IllegalCallerException e) {
            throw nativeAccessDenied(e);
        } catch (UnsatisfiedLinkError e) {
            if (isTaken(e) && file != null)
                loadCopy(what, file);
            else if (file == null && String.valueOf(e.getMessage()).contains("java.library.path"))
                return false;
            else
                throw failure(what + " cannot be loaded", e);
        }
        requireVersion(what, "remove that file, or replace it with one of the same build: the jar contains one");
        return true;
    }

    private static Path findOnPath() {
        for (String folder : System.getProperty("java.library.path", "").split(File.pathSeparator)) {
            File file = new File(folder, FILE); // not a Path: some file names cannot be Paths
            if (file.exists())
                return file.getAbsoluteFile().toPath();
        }
        return null;
    }

    private static void loadFromJar() {
        String resource = "/META-INF/native/" + platform() + "/" + FILE;
        try (InputStream library = open(resource)) {
            if (library == null)
                throw failure("the jar has no native library for " + platform()
                    + " (build one on that platform with native/build, and name it with -D" + LIBRARY_PROPERTY
                    + "=FILE)", null);
            TemporaryLibrary.load(JARS_COPY, library, ", or unzip " + resource.substring(1)
                + " from the jar and name it with -D" + LIBRARY_PROPERTY + "=FILE");
        } catch (IOException e) {
            throw failure(JARS_COPY + " cannot be read", e);
        }
        requireVersion(JARS_COPY, "rebuild the jar");
    }

    private static void loadCopy(String what, Path file) {
        try (InputStream library = Files.newInputStream(file)) {
            TemporaryLibrary.load(what, library, "");
        } catch (IOException e) {
            throw failure(what + " is in use by another class loader, and cannot be copied", e);
        }
    }

    /** {@link TemporaryLibrary} calls this, too: the JVM loads a library for the class loader of the calling class. */
    @SuppressWarnings("restricted")
    static void loadFile(String file) {
        try {
            System.load(file);
        } catch (IllegalCallerException e) {
            throw nativeAccessDenied(e);
        }
    }

    private static boolean isTaken(UnsatisfiedLinkError e) {
        return String.valueOf(e.getMessage()).contains("already loaded in another classloader");
    }

    /** For JDK 24 and later with {@code --illegal-native-access=deny}, which may become the default. */
    private static UnsatisfiedLinkError nativeAccessDenied(IllegalCallerException e) {
        Module module = NativeLibrary.class.getModule();
        return failure("this JVM denies native access (allow it with --enable-native-access="
            + (module.isNamed() ? module.getName() : "ALL-UNNAMED") + ")", e);
    }

    // -- versions

    private static void requireVersion(String what, String cure) {
        String expected = ownVersion();
        String found;
        try {
            found = version();
        } catch (UnsatisfiedLinkError olderThanVersions) {
            found = "none";
        }
        if (!found.equals(expected))
            throw failure(what + " has the version " + found + ", but the jar has " + expected + " (" + cure + ")",
                null);
    }

    /** The version of the build that made the classes, by {@code native/version}. */
    private static String ownVersion() {
        try (InputStream version = open(VERSION_RESOURCE)) {
            if (version == null)
                throw failure("the jar does not say which version it has: " + VERSION_RESOURCE + " is missing", null);
            return new String(version.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw failure("the jar's version cannot be read", e);
        }
    }

    /** The version of the build that made the library. */
    private static native String version();

    // -- what the jar holds

    /** Opens a resource; returns null if it does not exist, and throws if it exists and cannot be opened now. */
    private static InputStream open(String resource) throws IOException {
        InputStream stream = NativeLibrary.class.getResourceAsStream(resource);
        if (stream == null && NativeLibrary.class.getResource(resource) != null)
            throw new IOException(resource + " cannot be opened");
        return stream;
    }

    /** The folder of the jar's copy, such as {@code linux-x86_64}: names as {@code uname} prints them. */
    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).replace(" ", "");
        return system + "-" + ElfFile.thisArchitecture();
    }

    static UnsatisfiedLinkError failure(String what, Throwable cause) {
        String because = cause == null ? "" : ": " + (cause.getMessage() == null ? cause : cause.getMessage());
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("nio-vsock: " + what + because);
        if (cause != null)
            error.initCause(cause);
        return error;
    }
}
