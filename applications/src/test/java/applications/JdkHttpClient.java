// SPDX-License-Identifier: Apache-2.0
package applications;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The JDK's own client, connected to a server at {@link Application#HOST}. On JDK 17 it ends when it is collected. */
final class JdkHttpClient implements Application.Client {
    private final HttpClient client;
    private final URI uri;

    JdkHttpClient(HttpClient client, int port) {
        this.client = client;
        this.uri = URI.create("http://" + Application.HOST_IN_URL + ":" + port + "/");
    }

    static HttpClient create() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @Override
    public byte[] echo(byte[] message) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofByteArray(message))
            .timeout(Duration.ofSeconds(Application.PATIENCE_SECONDS)).build();
        HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(200, response.statusCode());
        return response.body();
    }
}
