// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** No class of another jar can be in a package of the library. */
class SealedTest {
    @TempDir
    private Path folder;

    /** A jar of this build's classes with the manifest of the pom. */
    private Path sealedJar() throws IOException {
        Path origin = ChildJvm.folderOf(VsockSelectorProvider.class);
        if (!Files.isDirectory(origin))
            return origin;
        assertTrue(Files.readString(Path.of("pom.xml")).contains("<Sealed>true</Sealed>"));
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
        manifest.getMainAttributes().putValue("Sealed", "true");
        Path jar = folder.resolve("sealed.jar");
        try (OutputStream out = Files.newOutputStream(jar);
             JarOutputStream entries = new JarOutputStream(out, manifest);
             Stream<Path> files = Files.walk(origin)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                entries.putNextEntry(new JarEntry(origin.relativize(file).toString()));
                Files.copy(file, entries);
            }
        }
        return jar;
    }

    /** A program in a package of the library, which uses its package-private members. */
    private Path intruder(String packageName, String statement) throws IOException {
        Path source = Files.createDirectories(folder.resolve("source")).resolve("Intruder.java");
        Files.writeString(source, "package " + packageName
            + "; public class Intruder { public static void main(String[] a) throws Throwable {"
            + " try { " + statement + " } catch (SecurityException e) { System.out.println(e); } } }");
        Path classes = folder.resolve("intruder");
        int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", classes.toString(), "-cp",
            ChildJvm.folderOf(VsockSelectorProvider.class).toString(), source.toString());
        assertEquals(0, result);
        return classes;
    }

    @Test
    void aClassOfAnotherJarIsRefused() throws Exception {
        Path classes = intruder("io.niovsock.internal.natives", "System.out.println(Errno.text(1));");
        ChildJvm.Result result = ChildJvm.of("io.niovsock.internal.natives.Intruder", classes)
            .library(sealedJar()).run();
        assertTrue(result.text().contains("sealing violation"), result::text);
    }

    /** Otherwise a run of the tests against the jar would fail. */
    @Test
    void noTestIsInAPackageOfTheLibrary() throws Exception {
        Path tests = ChildJvm.folderOf(SealedTest.class);
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            List<Path> packages = sources.filter(file -> file.toString().endsWith(".java") && file.getNameCount() > 4)
                .map(file -> Path.of("src/main/java").relativize(file.getParent())).distinct().toList();
            for (Path shared : packages)
                if (Files.isDirectory(tests.resolve(shared)))
                    try (Stream<Path> classes = Files.list(tests.resolve(shared))) {
                        assertEquals(List.of(), classes.filter(file -> file.toString().endsWith(".class")).toList());
                    }
        }
    }
}
