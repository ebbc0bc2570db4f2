// SPDX-License-Identifier: Apache-2.0
package applications;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;

/** With the agent: a stopping Tomcat wakes its acceptor by a connection of java.net. */
@Tag("agent")
@DisplayName("Tomcat: embedded, and java.net.http")
class TomcatTest extends Application {
    @TempDir
    private Path folder;

    /** The connector: by default, Tomcat's own choice, which is over channels of a selector. */
    String protocol() {
        return "HTTP/1.1";
    }

    @Override
    Running start() throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(folder.toString());
        Connector connector = new Connector(protocol());
        connector.setProperty("address", HOST);
        connector.setPort(0);
        tomcat.getService().addConnector(connector);
        Context context = tomcat.addContext("", folder.toString());
        Tomcat.addServlet(context, "responder", new Responder());
        context.addServletMapping("/", "responder");
        tomcat.start();
        HttpClient client = JdkHttpClient.create();
        return new Running() {
            @Override
            public Client connect() {
                return new JdkHttpClient(client, connector.getLocalPort());
            }

            @Override
            public void close() throws Exception {
                tomcat.stop();
                tomcat.destroy();
            }
        };
    }

    private final class Responder extends HttpServlet {
        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            byte[] answer = answer(request.getInputStream().readAllBytes());
            response.setContentLength(answer.length);
            response.getOutputStream().write(answer);
        }
    }
}
