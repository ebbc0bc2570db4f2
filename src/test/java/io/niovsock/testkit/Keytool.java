// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The JDK's program that makes keys and certificates, on stores of the type PKCS12. */
public final class Keytool {
    private Keytool() {}

    /** Runs it in a folder. Its JVM has one compiler, as testvm/README.md asks. */
    public static void run(Path folder, String password, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.add("-J-XX:TieredStopAtLevel=1");
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", password));
        Path output = folder.resolve("keytool.log");
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
            .redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "keytool takes too long");
        String printed = Files.readString(output);
        assertEquals(0, process.exitValue(), () -> String.join(" ", command) + ": " + printed);
    }
}
