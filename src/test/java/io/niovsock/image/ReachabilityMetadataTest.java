// SPDX-License-Identifier: Apache-2.0
package io.niovsock.image;

import io.niovsock.VsockAsynchronousChannelProvider;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.Build;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

/**
 * What the jar tells native-image. The test reads from the sources every lookup by name, and prints the file that they
 * need, so that the file in {@code META-INF} lacks nothing and has nothing stale.
 */
class ReachabilityMetadataTest {
    private static final Path FOLDER = Path.of("META-INF/native-image/io.niovsock/nio-vsock");
    private static final List<String> RESOURCES = List.of("META-INF/native/*/libniovsock.so", "META-INF/native/version",
        "META-INF/services/java.nio.channels.spi.AsynchronousChannelProvider",
        "META-INF/services/java.nio.channels.spi.SelectorProvider");

    @TempDir
    private Path temporary;

    @Test
    void theMetadataIsWhatTheSourcesLookUp() throws Exception {
        Metadata metadata = new Metadata();
        new NativeSources(metadata).read(Path.of("native"));
        new JavaSources(metadata).read(Path.of("src/main/java"));
        for (Class<?> ofServiceLoader : List.of(VsockAsynchronousChannelProvider.class, VsockSelectorProvider.class))
            metadata.member(ofServiceLoader.getName(), "<init>", "()");
        RESOURCES.forEach(metadata::resource);
        Path needed = Files.writeString(Path.of("target/reachability-metadata.json"), metadata.toString());
        assertEquals(metadata.toString(), Files.readString(FOLDER.resolve("reachability-metadata.json")),
            () -> "copy " + needed + " to " + FOLDER);
    }

    @Test
    void eachResourceOfTheJarIsNamed() throws Exception {
        Path classes = new Build(temporary).classes();
        List<String> unnamed = new ArrayList<>();
        for (String folder : List.of("META-INF/native", "META-INF/services"))
            try (Stream<Path> files = Files.walk(classes.resolve(folder))) {
                for (Path file : files.filter(Files::isRegularFile).map(classes::relativize).toList())
                    if (RESOURCES.stream().noneMatch(glob -> matcher(glob).matches(file)))
                        unnamed.add(file.toString());
            }
        assertEquals(List.of(), unnamed);
    }

    private static PathMatcher matcher(String glob) {
        return FileSystems.getDefault().getPathMatcher("glob:" + glob);
    }

    @Test
    void theImageIsBuiltWithTheExport() throws IOException {
        Properties properties = new Properties();
        String name = "/" + FOLDER + "/native-image.properties";
        try (InputStream text = VsockSelectorProvider.class.getResourceAsStream(name)) {
            assertNotNull(text, name);
            properties.load(new InputStreamReader(text, StandardCharsets.UTF_8));
        }
        assertEquals("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED --initialize-at-run-time=io.niovsock "
            + "--initialize-at-build-time=io.niovsock.VsockSelectorProvider",
            properties.getProperty("Args"));
    }
}
