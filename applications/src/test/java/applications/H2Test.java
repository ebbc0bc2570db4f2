// SPDX-License-Identifier: Apache-2.0
package applications;

import org.h2.tools.Server;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Server and client use only sockets of java.net. */
@Tag("agent")
@DisplayName("H2: database server and JDBC driver")
class H2Test extends Application {
    @Override
    Running start() throws SQLException {
        System.setProperty("h2.bindAddress", HOST);
        Server server = Server.createTcpServer("-tcpPort", "0", "-tcpAllowOthers", "-ifNotExists").start();
        return new Running() {
            @Override
            public Client connect() throws SQLException {
                return new JdbcClient(server.getPort());
            }

            @Override
            public void close() {
                server.stop();
            }
        };
    }

    private static final class JdbcClient implements Client {
        private final Connection connection;

        JdbcClient(int port) throws SQLException {
            connection = DriverManager.getConnection("jdbc:h2:tcp://" + HOST_IN_URL + ":" + port + "/mem:applications",
                "sa", "");
        }

        @Override
        public byte[] echo(byte[] message) throws SQLException {
            try (PreparedStatement statement = connection.prepareStatement("SELECT CAST(? AS BLOB)")) {
                statement.setBytes(1, message);
                try (ResultSet result = statement.executeQuery()) {
                    assertTrue(result.next());
                    return result.getBytes(1);
                }
            }
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
