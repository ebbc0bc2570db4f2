// SPDX-License-Identifier: Apache-2.0
import io.niovsock.VsockSocketAddress;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS over vsock, in which each side proves who it is. A CID says only which machine the peer is on, and another one
 * may get it later; a certificate says which program it is.
 *
 * <pre>
 *   export TLS_PASSWORD=...
 *   java -cp nio-vsock.jar:classes MutualTls server vsock::5000 server.p12 trusted-by-server.p12
 *   java -cp nio-vsock.jar:classes MutualTls client vsock:host:5000 client.p12 trusted-by-client.p12 billing.internal
 * </pre>
 *
 * The last argument is a name in the server's certificate. Vsock has no names, so the client says which one it expects.
 */
public final class MutualTls {
    private MutualTls() { }

    public static void main(String[] args) throws IOException, GeneralSecurityException {
        VsockSocketAddress endpoint = VsockSocketAddress.parse(args[1]);
        SSLContext context = context(args[2], args[3], System.getenv("TLS_PASSWORD").toCharArray());
        if (args[0].equals("server"))
            serve(endpoint, context);
        else
            ask(endpoint, context, args[4]);
    }

    /** What this side shows, and whom it trusts. Both are key stores, with the same password. */
    private static SSLContext context(String keys, String trusted, char[] password)
        throws IOException, GeneralSecurityException {
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(load(keys, password), password);
        TrustManagerFactory others = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        others.init(load(trusted, password));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), others.getTrustManagers(), null);
        return context;
    }

    private static KeyStore load(String file, char[] password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = new FileInputStream(file)) {
            store.load(in, password);
        }
        return store;
    }

    /** Serves one client after the other. One that does not prove who it is gets nothing. */
    private static void serve(VsockSocketAddress endpoint, SSLContext context) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(endpoint)) {
            System.out.println("listening at " + server.getLocalAddress());
            while (true) {
                SocketChannel accepted = server.accept();
                try (SSLSocket client = overServer(context, accepted.socket())) {
                    String who = client.getSession().getPeerPrincipal().getName();
                    System.out.println("client " + who + " at CID "
                        + ((VsockSocketAddress) accepted.getRemoteAddress()).getCid());
                    client.getOutputStream().write(("hello " + who + "\n").getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    System.out.println("refused: " + e.getMessage());
                } finally {
                    accepted.close();
                }
            }
        }
    }

    private static SSLSocket overServer(SSLContext context, Socket accepted) throws IOException {
        SSLSocket client = (SSLSocket) context.getSocketFactory().createSocket(accepted, null, true);
        client.setUseClientMode(false);
        client.setNeedClientAuth(true); // the mutual part
        accepted.setSoTimeout(5000); // for a client that says nothing
        client.startHandshake();
        return client;
    }

    private static void ask(VsockSocketAddress endpoint, SSLContext context, String name) throws IOException {
        try (SocketChannel channel = SocketChannel.open(endpoint);
             SSLSocket server = (SSLSocket) context.getSocketFactory()
                 .createSocket(channel.socket(), name, endpoint.getPort(), true)) {
            SSLParameters parameters = server.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the certificate must have that name
            server.setSSLParameters(parameters);
            server.startHandshake();
            String answer = new String(server.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            System.out.print("server " + server.getSession().getPeerPrincipal().getName() + " says " + answer);
        }
    }
}
