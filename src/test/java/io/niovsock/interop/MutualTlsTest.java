// SPDX-License-Identifier: Apache-2.0
package io.niovsock.interop;

import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Examples;
import io.niovsock.testkit.Keytool;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The example of TLS, in which each side checks the other. */
class MutualTlsTest {
    private static final String PASSWORD = "changeit";

    @TempDir
    private static Path folder;

    @BeforeAll
    static void prepare() throws Exception {
        Examples.compile(folder);
        for (String side : List.of("server", "client", "stranger")) {
            keytool("-genkeypair", "-alias", side, "-keyalg", "EC", "-dname", "CN=" + side, "-ext",
                "san=dns:" + side + ".internal", "-keystore", side + ".p12");
            keytool("-exportcert", "-alias", side, "-keystore", side + ".p12", "-file", side + ".crt");
        }
        keytool("-importcert", "-noprompt", "-alias", "client", "-file", "client.crt", "-keystore", "by-server.p12");
        keytool("-importcert", "-noprompt", "-alias", "server", "-file", "server.crt", "-keystore", "by-client.p12");
    }

    private static void keytool(String... arguments) throws Exception {
        Keytool.run(folder, PASSWORD, arguments);
    }

    private static ChildJvm jvm(Object... arguments) {
        return Examples.run(folder, "MutualTls", arguments).environment("TLS_PASSWORD", PASSWORD);
    }

    private static String store(String name) {
        return folder.resolve(name + ".p12").toString();
    }

    private static ChildJvm client(String keys, String endpoint, String expected) {
        return jvm("client", endpoint, store(keys), store("by-client"), expected);
    }

    @Test
    void eachSideChecksTheOther() throws Exception {
        Process server = jvm("server", "vsock:local:0", store("server"), store("by-server")).start();
        try (BufferedReader told = new BufferedReader(new InputStreamReader(server.getInputStream(),
            StandardCharsets.UTF_8))) {
            String endpoint = endpointIn(told.readLine());
            assertEquals(List.of("server CN=server says hello CN=client"),
                client("client", endpoint, "server.internal").run().succeeded().lines());
            assertTrue(told.readLine().startsWith("client CN=client at CID "), "the server knows its client");

            client("stranger", endpoint, "server.internal").run().failed();
            assertTrue(told.readLine().startsWith("refused: "), "a client that the server does not trust");

            String otherName = client("client", endpoint, "another.internal").run().failed().text();
            assertTrue(otherName.contains("another.internal"), otherName);
            assertTrue(told.readLine().startsWith("refused: "), "a server that is not the one asked for");
        } finally {
            server.destroy();
            assertTrue(server.waitFor(60, TimeUnit.SECONDS), "the server ends");
        }
    }

    private static String endpointIn(String line) throws IOException {
        assertTrue(line != null && line.startsWith("listening at vsock:"), line);
        return line.substring("listening at ".length());
    }
}
