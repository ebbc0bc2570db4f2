// SPDX-License-Identifier: Apache-2.0
package applications;

import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.DisplayName;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

@DisplayName("Jetty: server and client")
class JettyTest extends Application {
    String scheme() {
        return "http";
    }

    ServerConnector connector(Server server) {
        return new ServerConnector(server, 1, 1);
    }

    ClientConnector connector() {
        return new ClientConnector();
    }

    @Override
    Running start() throws Exception {
        Server server = new Server(new QueuedThreadPool(100));
        ServerConnector listener = connector(server);
        listener.setHost(HOST);
        listener.setPort(0);
        server.addConnector(listener);
        server.setHandler(new Responder());
        server.start();

        HttpClient client = new HttpClient(new HttpClientTransportOverHTTP(connector()));
        client.setMaxConnectionsPerDestination(100);
        client.start();
        String url = scheme() + "://" + HOST_IN_URL + ":" + listener.getLocalPort() + "/";
        return new Running() {
            @Override
            public Client connect() {
                return message -> post(client, url, message);
            }

            @Override
            public void close() throws Exception {
                client.stop();
                server.stop();
            }
        };
    }

    private static byte[] post(HttpClient client, String url, byte[] message) throws Exception {
        ContentResponse response = new CompletableResponseListener(client.POST(url)
            .body(new BytesRequestContent(message)), 2 * LARGE)
            .send().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return response.getContent();
    }

    private final class Responder extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            byte[] content = BufferUtil.toArray(Content.Source.asByteBuffer(request));
            response.write(true, ByteBuffer.wrap(answer(content)), callback);
            return true;
        }
    }
}
