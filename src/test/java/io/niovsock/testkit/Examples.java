// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import io.niovsock.VsockSelectorProvider;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The programs of {@code examples/}, compiled against the library as users do. */
public final class Examples {
    private Examples() { }

    /** Compiles all examples into the folder. */
    public static void compile(Path folder) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("-d", folder.toString(), "-Xlint:all,-options", "-Werror",
            "-cp", ChildJvm.folderOf(VsockSelectorProvider.class).toString()));
        try (DirectoryStream<Path> sources = Files.newDirectoryStream(Path.of("examples"), "*.java")) {
            sources.forEach(source -> arguments.add(source.toString()));
        }
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        assertEquals(0, status, "javac " + String.join(" ", arguments));
    }

    /** A JVM that runs one of the compiled programs. */
    public static ChildJvm run(Path folder, String program, Object... arguments) {
        return ChildJvm.of(program, folder).arguments(arguments);
    }
}
