// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary A libniovsock.so on java.library.path is taken before the jar's; one there that cannot be loaded is an
 *          error, and is not passed over
 * @library /lib
 * @build vsocktest.* LibraryFile ShowLibrary LibraryByPath
 * @run main/othervm LibraryByPath
 */

import vsocktest.ChildJvm;

import java.nio.file.Files;
import java.nio.file.Path;

public class LibraryByPath {
    public static void main(String[] args) throws Exception {
        Path onPath = LibraryFile.copyTo("path/libniovsock.so");
        Path empty = Files.createDirectory(Path.of("tmp")).toAbsolutePath();
        String path = "-Djava.library.path=/nowhere:" + onPath.getParent();
        String tmp = "-Djava.io.tmpdir=" + empty;
        String classes = ChildJvm.testClassesAndLibrary();

        ChildJvm.run(path, tmp, "-cp", classes, "ShowLibrary").succeeds().prints("loaded " + onPath + "\n")
            .prints("temporary files []");

        Files.writeString(onPath, "no library");
        ChildJvm.run(path, tmp, "-cp", classes, "ShowLibrary").fails().prints("java.library.path")
            .prints(onPath.toString());
    }
}
