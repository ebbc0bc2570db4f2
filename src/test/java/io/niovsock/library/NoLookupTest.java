// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** No class of the library calls a method of the JDK that asks a name service, except for a name from the program. */
class NoLookupTest {
    private static final Pattern LOOKUP = Pattern.compile("Method (java/net/(?:"
        + "InetAddress\\.(?:getByName|getAllByName|getLocalHost|getHostName|getCanonicalHostName):"
        + "|InetSocketAddress\\.(?:getHostName:|\"<init>\":\\(Ljava/lang/String;I\\))"
        + "|Socket\\.\"<init>\":\\(Ljava/lang/String;"
        + "|URL\\.(?:equals|hashCode):"
        + "|SocketPermission\\.))");

    @Test
    void onlyTheFactoryThatIsGivenAHostNameLooksItUp() throws Exception {
        Set<String> lookups = new TreeSet<>();
        Set<String> sources = new TreeSet<>();
        String source = null;
        for (String line : disassembled(classes()).split("\n")) {
            if (line.startsWith("Compiled from "))
                sources.add(source = line.substring("Compiled from ".length()));
            Matcher matcher = LOOKUP.matcher(line);
            if (matcher.find())
                lookups.add(source + " " + matcher.group(1));
        }
        assertTrue(sources.size() > 50, sources::toString);
        assertEquals(
            Set.of("\"VsockSocketFactory.java\" java/net/InetSocketAddress.\"<init>\":(Ljava/lang/String;I)"), lookups);
    }

    private static List<Path> classes() throws IOException {
        Path library = ChildJvm.folderOf(VsockSelectorProvider.class);
        if (Files.isDirectory(library))
            return classesBelow(library);
        List<Path> copies = new ArrayList<>();
        Path folder = Files.createTempDirectory("niovsock-classes");
        folder.toFile().deleteOnExit();
        try (FileSystem jar = FileSystems.newFileSystem(library)) {
            for (Path file : classesBelow(jar.getPath("/"))) {
                Path copy = Files.copy(file, folder.resolve(file.getFileName().toString()));
                copy.toFile().deleteOnExit();
                copies.add(copy);
            }
        }
        return copies;
    }

    private static List<Path> classesBelow(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".class") && !file.endsWith("module-info.class")
                && !file.endsWith("package-info.class")).toList();
        }
    }

    private static String disassembled(List<Path> files) {
        ToolProvider javap = ToolProvider.findFirst("javap")
            .orElseThrow(() -> Skip.because("no javap: run the tests on a JDK"));
        StringWriter out = new StringWriter();
        String[] arguments = Stream.concat(Stream.of("-p", "-c"),
            files.stream().map(Path::toString)).toArray(String[]::new);
        assertEquals(0, javap.run(new PrintWriter(out), new PrintWriter(out), arguments), out::toString);
        return out.toString();
    }
}
