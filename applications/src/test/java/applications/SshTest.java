// SPDX-License-Identifier: Apache-2.0
package applications;

import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.junit.jupiter.api.DisplayName;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.KeyPairGenerator;
import java.util.concurrent.TimeUnit;

/** An SSH server and its clients over asynchronous channels, MINA's default. */
@DisplayName("Apache MINA SSHD: server and client, NIO.2")
class SshTest extends Application {
    @Override
    Running start() throws Exception {
        SshServer server = SshServer.setUpDefaultServer();
        server.setHost(HOST);
        KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
        keys.initialize(256);
        server.setKeyPairProvider(KeyPairProvider.wrap(keys.generateKeyPair()));
        server.setPasswordAuthenticator((user, password, session) -> password.equals("secret"));
        server.setCommandFactory((channel, command) -> new Echo());
        server.start();
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier((session, address, key) -> true);
        client.start();
        return new Running() {
            @Override
            public Client connect() throws Exception {
                return new SshConnection(client, server.getPort());
            }

            @Override
            public void close() throws Exception {
                client.stop();
                server.stop(true);
            }
        };
    }

    /** One session, and a command in it for each request: its length, and its bytes. */
    private static final class SshConnection implements Client {
        private final ClientSession session;

        SshConnection(SshClient client, int port) throws IOException {
            session = client.connect("user", HOST, port).verify(PATIENCE_SECONDS, TimeUnit.SECONDS).getSession();
            session.addPasswordIdentity("secret");
            session.auth().verify(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public byte[] echo(byte[] message) throws IOException {
            try (ClientChannel channel = session.createExecChannel("echo")) {
                channel.open().verify(PATIENCE_SECONDS, TimeUnit.SECONDS);
                DataOutputStream out = new DataOutputStream(channel.getInvertedIn());
                out.writeInt(message.length);
                out.write(message);
                out.flush();
                return new DataInputStream(channel.getInvertedOut()).readNBytes(message.length);
            }
        }

        @Override
        public void close() throws IOException {
            session.close();
        }
    }

    /** The server's side of a request. */
    private final class Echo implements Command {
        private InputStream in;
        private OutputStream out;
        private ExitCallback exit;

        @Override
        public void setInputStream(InputStream in) {
            this.in = in;
        }

        @Override
        public void setOutputStream(OutputStream out) {
            this.out = out;
        }

        @Override
        public void setErrorStream(OutputStream err) { }

        @Override
        public void setExitCallback(ExitCallback exit) {
            this.exit = exit;
        }

        @Override
        public void start(ChannelSession channel, Environment environment) {
            new Thread(this::echo).start();
        }

        private void echo() {
            try {
                DataInputStream request = new DataInputStream(in);
                out.write(answer(request.readNBytes(request.readInt())));
                out.flush();
                exit.onExit(0);
            } catch (IOException e) {
                exit.onExit(1, e.toString());
            }
        }

        @Override
        public void destroy(ChannelSession channel) { }
    }
}
