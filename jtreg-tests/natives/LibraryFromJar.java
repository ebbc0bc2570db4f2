// SPDX-License-Identifier: Apache-2.0
/* @test id=jar
 * @summary With nothing set the jar's own library is loaded, and no file is left in the temporary directory, not even
 *          while the JVM runs; a temporary directory that is not there is an error that says what to set
 * @library /lib
 * @build vsocktest.* ShowLibrary LibraryFromJar
 * @run main/othervm LibraryFromJar
 */

/* @test id=noexec
 * @summary A temporary directory mounted noexec is an error that says what to set, and no file is left there
 * @library /lib
 * @build vsocktest.* ShowLibrary LibraryFromJar
 * @run main/othervm LibraryFromJar noexec
 */

import jtreg.SkippedException;
import vsocktest.Check;
import vsocktest.ChildJvm;
import vsocktest.Endpoints;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

public class LibraryFromJar {
    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            noexec();
            return;
        }
        Path tmp = Files.createDirectory(Path.of("tmp")).toAbsolutePath();
        run(tmp).succeeds().prints("loaded " + tmp + "/niovsock").prints("(deleted)\n").prints("temporary files []");
        Check.equal(filesIn(tmp), List.of(), "files left behind");

        run(Path.of("/nowhere")).fails().prints("/nowhere").prints("set -Djava.io.tmpdir=")
            .prints("channels and selectors are the platform's own");
    }

    private static void noexec() throws Exception {
        Path tmp = noexecFolder();
        try {
            run(tmp).fails().prints(tmp.toString()).prints("noexec").prints("set -Djava.io.tmpdir=")
                .prints("-Dio.niovsock.library=");
            Check.equal(filesIn(tmp), List.of(), "files left behind");
        } finally {
            Files.delete(tmp);
        }
    }

    private static ChildJvm run(Path tmp) throws Exception {
        return ChildJvm.run("-Djava.io.tmpdir=" + tmp, "-cp", ChildJvm.testClassesAndLibrary(), "ShowLibrary");
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /**
     * A folder of ours where nothing can be executed; in the virtual machine, which is ours as a whole, mounted for
     * that.
     */
    private static Path noexecFolder() throws Exception {
        if (Endpoints.isKernel()) {
            Path mounted = Files.createTempDirectory(Path.of("/run"), "noexec");
            Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", mounted.toString())
                .inheritIO().start();
            Check.equal(mount.waitFor(), 0, "exit value of mount");
            return Files.createTempDirectory(mounted, "jtreg");
        }
        for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
            String[] fields = line.split(" ");
            if (fields[2].equals("tmpfs") && List.of(fields[3].split(",")).contains("noexec")
                && Files.isWritable(Path.of(fields[1])))
                return Files.createTempDirectory(Path.of(fields[1]), "jtreg");
        }
        throw new SkippedException("no writable tmpfs here is mounted noexec: mount -o remount,noexec /dev/shm,"
            + " or run the suite on the kernel transport, which mounts one");
    }
}
