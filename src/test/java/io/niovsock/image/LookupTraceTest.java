// SPDX-License-Identifier: Apache-2.0
package io.niovsock.image;

import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What the native library looks up in a JVM, traced by an agent, is in the metadata for native-image: each class, and
 * each member in the class that declares it. {@link ReachabilityMetadataTest} reads the sources instead.
 */
class LookupTraceTest {
    private static final Path METADATA
        = Path.of("META-INF/native-image/io.niovsock/nio-vsock/reachability-metadata.json");

    @TempDir
    private Path folder;

    /** As in a native image, the library has no JVM TI in the JVM that is traced. */
    @Test
    void eachLookupThatFindsSomethingIsInTheMetadata() throws Exception {
        Path trace = folder.resolve("trace");
        ChildJvm.of(EveryLookup.class).option("-agentpath:" + CProgram.agent("lookups") + "=" + trace)
            .option("-agentpath:" + CProgram.agent("without_jvmti"))
            .option("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED").run().succeeded();
        String metadata = Files.readString(METADATA);
        List<String> found = Files.readAllLines(trace).stream().filter(line -> line.startsWith("found ")).toList();
        assertTrue(found.size() > 50, () -> "too few: " + found);
        List<String> absent = new ArrayList<>();
        for (String line : found)
            if (!isIn(metadata, line.split(" ")))
                absent.add(line);
        assertEquals(List.of(), absent);
    }

    /** A line of the trace: {@code found}, the kind, the class, and for a member its name and descriptor. */
    private static boolean isIn(String metadata, String[] line) {
        Metadata one = new Metadata();
        one.jni(line[2]);
        int start = metadata.indexOf(firstLines(one.toString()));
        if (start < 0 || line.length < 4)
            return start >= 0;
        Metadata member = new Metadata();
        member.member(line[2], line[3], line[4]);
        int end = metadata.indexOf("\n    }", start);
        return metadata.substring(start, end).contains(memberLine(member.toString()));
    }

    private static String firstLines(String metadata) {
        return metadata.lines().filter(line -> line.contains("\"type\"") || line.contains("\"jniAccessible\""))
            .reduce((type, jni) -> type + "\n" + jni).orElseThrow();
    }

    private static String memberLine(String metadata) {
        return metadata.lines().filter(line -> line.contains("\"name\"")).findFirst().orElseThrow().strip();
    }
}
