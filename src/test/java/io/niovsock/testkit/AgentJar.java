// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The library as an agent of a JVM that has its classes on the class path. */
public final class AgentJar {
    private AgentJar() { }

    /** Makes a jar with only the library's manifest, and returns the JVM's option for it. */
    public static String option(Path folder, String argument) throws IOException {
        Manifest manifest = new Manifest();
        Map.of("Manifest-Version", "1.0", "Premain-Class", "io.niovsock.internal.agent.SocketAgent",
            "Can-Redefine-Classes", "true")
            .forEach((name, value) -> manifest.getMainAttributes().put(new Attributes.Name(name), value));
        Path jar = folder.resolve("agent.jar");
        try (OutputStream out = Files.newOutputStream(jar)) {
            new JarOutputStream(out, manifest).close();
        }
        return "-javaagent:" + jar + (argument.isEmpty() ? "" : '=' + argument);
    }
}
