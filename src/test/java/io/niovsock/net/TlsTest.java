// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.Keytool;
import io.niovsock.testkit.Payload;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** TLS over a connected socket, as HTTP clients and JDBC drivers use it. */
class TlsTest {
    private static final int SIZE = 1 << 20;
    private static final char[] PASSWORD = "changeit".toCharArray();

    private static SSLContext tls;

    @BeforeAll
    static void makeCertificate(@TempDir Path folder) throws Exception {
        Path store = folder.resolve("keys.p12");
        String password = new String(PASSWORD);
        Keytool.run(folder, password, "-genkeypair", "-alias", "test", "-keyalg", "EC", "-dname", "CN=guest.test",
            "-ext", "san=dns:guest.test", "-keystore", store.getFileName().toString());

        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("test", keys.getCertificate("test"));
        TrustManagerFactory others = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        others.init(trusted);
        tls = SSLContext.getInstance("TLS");
        tls.init(own.getKeyManagers(), others.getTrustManagers(), null);
    }

    /** The client's end; the peer's certificate must be for {@code name}. */
    private static SSLSocket clientOver(SocketPair pair, String name) throws IOException {
        SSLSocket client = (SSLSocket) tls.getSocketFactory()
            .createSocket(pair.client(), name, pair.client().getPort(), true);
        SSLParameters parameters = client.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        client.setSSLParameters(parameters);
        return client;
    }

    @ForEachSocket
    void bytes_are_echoed_and_the_end_is_seen(SocketKind kind) throws IOException {
        byte[] payload = Payload.random(2, SIZE);
        try (SocketPair pair = SocketPair.of(kind);
             Background<Void> echo = Background.start(() -> {
                 try (SSLSocket server = (SSLSocket) tls.getSocketFactory().createSocket(pair.peer(), null, true)) {
                     server.getOutputStream().write(server.getInputStream().readNBytes(SIZE));
                 }
                 return null;
             });
             SSLSocket client = clientOver(pair, "guest.test");
             Background<Void> writer = Background.start(() -> {
                 client.getOutputStream().write(payload);
                 return null;
             })) {
            byte[] received = client.getInputStream().readAllBytes();
            assertEquals(Payload.digest(payload), Payload.digest(received));
            assertEquals("TLSv1.3", client.getSession().getProtocol());
            assertEquals(pair.client().getRemoteSocketAddress(), client.getRemoteSocketAddress());
            writer.result();
            echo.result();
        }
    }

    @ForEachSocket
    void a_peer_of_another_name_is_refused(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind);
             Background<Integer> server = Background.start(() -> {
                 try (SSLSocket over = (SSLSocket) tls.getSocketFactory().createSocket(pair.peer(), null, true)) {
                     return over.getInputStream().read();
                 }
             });
             SSLSocket client = clientOver(pair, "host.test")) {
            assertThrows(SSLHandshakeException.class, client::startHandshake);
            assertInstanceOf(IOException.class, server.failure()); // the client's alert, or its end
        }
    }
}
