// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A JDK with changed internals, like a later version: the same classes, with another name or type in them. */
final class PatchedJdk {
    private static final String PACKAGE = "sun/nio/ch";

    private PatchedJdk() { }

    /** The option that gives a JVM the JDK's own classes with the last letter of a name changed, in every use. */
    static String without(String name, Path folder) throws IOException {
        return with(name, name.substring(0, name.length() - 1) + '_', folder);
    }

    /**
     * The option that gives a JVM the JDK's own classes with a name, or the descriptor of a member, replaced by
     * another.
     */
    static String with(String name, String another, Path folder) throws IOException {
        Path classes = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules", "java.base", PACKAGE);
        Path to = Files.createDirectories(folder.resolve(PACKAGE));
        int patched = 0;
        try (Stream<Path> files = Files.list(classes)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
                String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
                String changed = bytes.replace(constant(name), constant(another));
                if (!changed.equals(bytes)) {
                    Files.writeString(to.resolve(file.getFileName().toString()), changed, StandardCharsets.ISO_8859_1);
                    patched++;
                }
            }
        }
        if (patched == 0)
            throw new AssertionError("no class of " + PACKAGE + " has the name " + name);
        return "--patch-module=java.base=" + folder;
    }

    /**
     * A complete text of the constant pool: CONSTANT_Utf8, its length, its letters. No part of a class file depends on
     * its position.
     */
    private static String constant(String text) {
        return "\1" + (char) (text.length() >> 8) + (char) (text.length() & 0xFF) + text;
    }
}
