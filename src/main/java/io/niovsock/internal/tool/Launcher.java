// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.tool;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The main class of the jar. It starts the tool, whose classes are in a jar in this jar. On a program's own class path,
 * {@code java -cp … io.niovsock.internal.tool.Launcher doctor} examines that class path.
 */
public final class Launcher {
    private static final String ARCHIVE = "/META-INF/nio-vsock/tool.jar";
    private static final String TOOL = "io.niovsock.tool.Tool";

    private Launcher() { }

    /**
     * Starts the tool.
     *
     * @param args the command line
     * @throws Throwable if the tool cannot be started
     */
    public static void main(String[] args) throws Throwable {
        MethodHandles.publicLookup()
            .findStatic(classes().loadClass(TOOL), "main", MethodType.methodType(void.class, String[].class))
            .invokeExact(args);
    }

    private static ClassLoader classes() throws IOException {
        try (InputStream archive = Launcher.class.getResourceAsStream(ARCHIVE)) {
            if (archive == null)
                throw new FileNotFoundException("this jar of nio-vsock has no " + ARCHIVE);
            ClassLoader classes = new ArchiveClassLoader(archive, Launcher.class.getClassLoader());
            Launcher.class.getModule().addExports(Launcher.class.getPackageName(), classes.getUnnamedModule());
            return classes;
        }
    }
}
