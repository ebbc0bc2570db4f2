// SPDX-License-Identifier: Apache-2.0
package applications;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.DisplayName;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

@DisplayName("JDK: com.sun.net.httpserver and java.net.http")
class JdkHttpTest extends Application {
    @Override
    Running start() throws IOException {
        ExecutorService workers = Executors.newCachedThreadPool();
        HttpServer server = HttpServer.create(new InetSocketAddress(HOST, 0), 0);
        server.setExecutor(workers);
        server.createContext("/", this::respond);
        server.start();
        HttpClient client = JdkHttpClient.create();
        return new Running() {
            @Override
            public Client connect() {
                return new JdkHttpClient(client, server.getAddress().getPort());
            }

            @Override
            public void close() {
                server.stop(0);
                workers.shutdownNow();
            }
        };
    }

    private void respond(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] answer = answer(exchange.getRequestBody().readAllBytes());
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }
}
