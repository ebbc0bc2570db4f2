// SPDX-License-Identifier: Apache-2.0
import vsocktest.Family;
import vsocktest.Pair;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Uses vsock, then prints the file of the native library and the contents of the temporary directory. */
public class ShowLibrary {
    public static void main(String[] args) throws Exception {
        try (Pair pair = Pair.of(Family.VSOCK)) {
            Pair.checkFlow(pair.client(), pair.accepted());
        }
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            maps.filter(line -> line.contains("niovsock") && line.contains(".so"))
                .map(line -> line.substring(line.indexOf('/'))).distinct()
                .forEach(file -> System.out.println("loaded " + file));
        }
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            System.out.println("temporary files " + files.toList());
        }
    }
}
