// SPDX-License-Identifier: Apache-2.0
package applications;

import org.apache.commons.net.ProtocolCommandEvent;
import org.apache.commons.net.ProtocolCommandListener;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.ftpserver.ConnectionConfigFactory;
import org.apache.ftpserver.DataConnectionConfigurationFactory;
import org.apache.ftpserver.FtpServer;
import org.apache.ftpserver.FtpServerFactory;
import org.apache.ftpserver.ftplet.FtpException;
import org.apache.ftpserver.listener.Listener;
import org.apache.ftpserver.listener.ListenerFactory;
import org.apache.ftpserver.usermanager.impl.BaseUser;
import org.apache.ftpserver.usermanager.impl.WritePermission;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A request is a file, which the client stores and retrieves. Each of the two has a connection of its own. One side
 * tells the other the address of that connection, as text, and the other checks that it is the address of its peer.
 */
@Tag("agent")
@DisplayName("Apache FtpServer, Commons Net's client: passive")
class FtpTest extends Application {
    private static final String USER = "user";
    private static final String PASSWORD = "secret";
    private static final int LOGINS = 100;

    @TempDir
    private Path folder;

    private final AtomicInteger files = new AtomicInteger();

    FTPClient client() {
        return new FTPClient();
    }

    /** Lets the client use the commands that IPv6 needs, or the older ones if its address is IPv4. */
    void choose(FTPClient client, boolean extended) {
        client.enterLocalPassiveMode();
        client.setIpAddressFromPasvResponse(true);
        client.setUseEPSVwithIPv4(extended);
    }

    String command() {
        return "PASV";
    }

    String extendedCommand() {
        return "EPSV";
    }

    @Override
    Running start() throws FtpException {
        FtpServerFactory factory = new FtpServerFactory();
        Listener listener = listener();
        factory.addListener("default", listener);
        ConnectionConfigFactory limits = new ConnectionConfigFactory();
        limits.setMaxLogins(LOGINS);
        factory.setConnectionConfig(limits.createConnectionConfig());
        factory.getUserManager().save(user());
        FtpServer server = factory.createServer();
        server.start();
        return new Running() {
            @Override
            public Client connect() throws IOException {
                return new FtpConnection(listener.getPort());
            }

            @Override
            public void close() {
                server.stop();
            }
        };
    }

    private static Listener listener() {
        DataConnectionConfigurationFactory data = new DataConnectionConfigurationFactory();
        data.setActiveIpCheck(true);
        data.setPassiveIpCheck(true);
        ListenerFactory factory = new ListenerFactory();
        factory.setServerAddress(HOST);
        factory.setPort(0);
        factory.setDataConnectionConfiguration(data.createDataConnectionConfiguration());
        return factory.createListener();
    }

    private BaseUser user() {
        BaseUser user = new BaseUser();
        user.setName(USER);
        user.setPassword(PASSWORD);
        user.setHomeDirectory(folder.toString());
        user.setAuthorities(List.of(new WritePermission()));
        return user;
    }

    private final class FtpConnection implements Client {
        private final FTPClient client = client();
        private final List<String> sent = new ArrayList<>();

        FtpConnection(int port) throws IOException {
            client.addProtocolCommandListener(new ProtocolCommandListener() {
                @Override
                public void protocolCommandSent(ProtocolCommandEvent event) {
                    sent.add(event.getCommand());
                }

                @Override
                public void protocolReplyReceived(ProtocolCommandEvent event) { }
            });
            client.connect(InetAddress.getByName(HOST), port);
            client.setDataTimeout(Duration.ofSeconds(PATIENCE_SECONDS));
            require(client.login(USER, PASSWORD));
            require(client.setFileType(FTP.BINARY_FILE_TYPE));
        }

        @Override
        public byte[] echo(byte[] message) throws IOException {
            String name = "file" + files.incrementAndGet();
            sent.clear();
            choose(client, true);
            require(client.storeFile(name, new ByteArrayInputStream(message)));
            choose(client, false);
            byte[] retrieved = retrieve(name);
            String retrieving = HOST.contains(":") ? extendedCommand() : command();
            assertEquals(List.of(extendedCommand(), "STOR", retrieving, "RETR"), sent);
            return retrieved;
        }

        private byte[] retrieve(String name) throws IOException {
            byte[] content;
            try (InputStream in = client.retrieveFileStream(name)) {
                require(in != null);
                Wire.assertExpected(4); // the listener, two ends for commands, the client's end for this file
                content = in.readAllBytes();
            }
            require(client.completePendingCommand());
            return content;
        }

        private void require(boolean succeeded) {
            assertTrue(succeeded, client::getReplyString);
        }

        @Override
        public void close() throws IOException {
            client.logout();
            client.disconnect();
        }
    }
}
