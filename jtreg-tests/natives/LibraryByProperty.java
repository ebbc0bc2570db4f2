// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary -Dio.niovsock.library names the file that is loaded, before anything else; one that cannot be loaded is an
 *          error that names the file and the properties
 * @library /lib
 * @build vsocktest.* LibraryFile ShowLibrary LibraryByProperty
 * @run main/othervm LibraryByProperty
 */

import vsocktest.ChildJvm;

import java.nio.file.Files;
import java.nio.file.Path;

public class LibraryByProperty {
    public static void main(String[] args) throws Exception {
        Path named = LibraryFile.copyTo("named/any-niovsock-name.so");
        Path onPath = LibraryFile.copyTo("path/libniovsock.so");
        Path empty = Files.createDirectory(Path.of("tmp")).toAbsolutePath();
        String[] more = { "-Djava.library.path=" + onPath.getParent(), "-Djava.io.tmpdir=" + empty };

        run(named.toString(), more).succeeds().prints("loaded " + named + "\n").prints("temporary files []");

        String missing = "/nowhere/libniovsock.so";
        run(missing, more).fails().prints(missing).prints("io.niovsock.library")
            .prints("channels and selectors are the platform's own");
        Path text = Files.writeString(Path.of("text.so"), "no library").toAbsolutePath();
        run(text.toString(), more).fails().prints(text.toString()).prints("io.niovsock.library");
    }

    private static ChildJvm run(String library, String[] more) throws Exception {
        return ChildJvm.run("-Dio.niovsock.library=" + library, more[0], more[1], "-cp",
            ChildJvm.testClassesAndLibrary(), "ShowLibrary");
    }
}
