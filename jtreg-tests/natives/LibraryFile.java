// SPDX-License-Identifier: Apache-2.0
import vsocktest.ChildJvm;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;

/** The native library, taken out of the jar. */
final class LibraryFile {
    private LibraryFile() { }

    /** Copies it to the file, and gives the absolute path of that. */
    static Path copyTo(String file) throws IOException {
        Path target = Path.of(file).toAbsolutePath();
        Files.createDirectories(target.getParent());
        String architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        try (JarFile jar = new JarFile(ChildJvm.library().toFile());
             InputStream library = jar.getInputStream(jar.getEntry("META-INF/native/linux-" + architecture
                 + "/libniovsock.so"))) {
            Files.copy(library, target);
        }
        return target;
    }
}
