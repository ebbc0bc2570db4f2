// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary The system property chooses the provider where the service loader would not find it, and turns it off where
 *     it would
 * @library /lib
 * @build vsocktest.* BySystemProperty ShowProvider
 * @run main/othervm BySystemProperty
 */

import vsocktest.ChildJvm;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

public class BySystemProperty {
    private static final String PROPERTY = "-Djava.nio.channels.spi.SelectorProvider=";

    public static void main(String[] args) throws Exception {
        Path classes = Path.of("library");
        unpackWithoutServices(classes);
        String unregistered = ChildJvm.testClasses() + ":" + classes;
        String registered = ChildJvm.testClassesAndLibrary();

        ChildJvm.run("-cp", unregistered, "ShowProvider").succeeds().prints("provider sun.nio.ch.");
        ChildJvm.run("-cp", unregistered, PROPERTY + "io.niovsock.VsockSelectorProvider", "ShowProvider", "vsock")
            .succeeds().prints("provider io.niovsock.VsockSelectorProvider").prints("spoke vsock");
        ChildJvm.run("-cp", registered, PROPERTY + "io.niovsock.VsockSelectorProvider", "ShowProvider", "vsock")
            .succeeds().prints("provider io.niovsock.VsockSelectorProvider").prints("spoke vsock");
        ChildJvm.run("-cp", registered, PROPERTY + "sun.nio.ch.EPollSelectorProvider", "ShowProvider")
            .succeeds().prints("provider sun.nio.ch.EPollSelectorProvider");
        ChildJvm.run("-cp", registered, PROPERTY + "sun.nio.ch.EPollSelectorProvider", "ShowProvider", "vsock")
            // no TCP socket can be bound to the mapped address
            .fails().prints("take " + PROPERTY).prints("Invalid argument");
    }

    private static void unpackWithoutServices(Path folder) throws Exception {
        try (JarFile jar = new JarFile(ChildJvm.library().toFile())) {
            for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements();) {
                JarEntry entry = entries.nextElement();
                Path file = folder.resolve(entry.getName());
                if (entry.isDirectory() || entry.getName().startsWith("META-INF/services/"))
                    continue;
                Files.createDirectories(file.getParent());
                Files.copy(jar.getInputStream(entry), file);
            }
        }
    }
}
