// SPDX-License-Identifier: Apache-2.0
package applications;

import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Jetty over TLS. The client checks the certificate, which is for the address. */
@DisplayName("Jetty: server and client over TLS")
class JettyTlsTest extends JettyTest {
    private static final String PASSWORD = "changeit";

    private static Path keys;

    @BeforeAll
    static void makeCertificate(@TempDir Path folder) throws Exception {
        keys = folder.resolve("keys.p12");
        int status = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair", "-alias", "server", "-keyalg", "EC", "-dname", "CN=server.test", "-ext", "san=ip:" + HOST,
            "-storetype", "PKCS12", "-keystore", keys.toString(), "-storepass", PASSWORD)
            .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        assertEquals(0, status, "keytool");
    }

    @Override
    String scheme() {
        return "https";
    }

    @Override
    ServerConnector connector(Server server) {
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setKeyStorePath(keys.toString());
        tls.setKeyStorePassword(PASSWORD);
        return new ServerConnector(server, 1, 1, tls);
    }

    @Override
    ClientConnector connector() {
        SslContextFactory.Client tls = new SslContextFactory.Client();
        tls.setTrustStorePath(keys.toString());
        tls.setTrustStorePassword(PASSWORD);
        tls.setEndpointIdentificationAlgorithm("HTTPS");
        ClientConnector connector = new ClientConnector();
        connector.setSslContextFactory(tls);
        return connector;
    }
}
