package io.niovsock.provider;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A JDK that has a name of its internals no longer, as one of a later version: the same classes, with another name in it. */
final class PatchedJdk {
    private static final String PACKAGE = "sun/nio/ch";

    private PatchedJdk() { }

    /** The option that gives a JVM the JDK's own classes with the last letter of a name changed, wherever they use it. */
    static String without(String name, Path folder) throws IOException {
        byte[] old = name.getBytes(StandardCharsets.UTF_8);
        byte[] changed = (name.substring(0, name.length() - 1) + '_').getBytes(StandardCharsets.UTF_8);
        Path classes = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules", "java.base", PACKAGE);
        Path to = Files.createDirectories(folder.resolve(PACKAGE));
        int patched = 0;
        try (Stream<Path> files = Files.list(classes)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                if (replace(bytes, old, changed)) {
                    Files.write(to.resolve(file.getFileName().toString()), bytes);
                    patched++;
                }
            }
        }
        if (patched == 0)
            throw new AssertionError("no class of " + PACKAGE + " has the name " + name);
        return "--patch-module=java.base=" + folder;
    }

    /** Replaces whole names in the constant pool, each after its length. */
    private static boolean replace(byte[] bytes, byte[] old, byte[] changed) {
        boolean found = false;
        for (int i = 2; i + old.length <= bytes.length; i++) {
            if (bytes[i - 2] == 0 && bytes[i - 1] == old.length && matches(bytes, i, old)) {
                System.arraycopy(changed, 0, bytes, i, changed.length);
                found = true;
            }
        }
        return found;
    }

    private static boolean matches(byte[] bytes, int start, byte[] part) {
        for (int i = 0; i < part.length; i++)
            if (bytes[start + i] != part[i])
                return false;
        return true;
    }
}
