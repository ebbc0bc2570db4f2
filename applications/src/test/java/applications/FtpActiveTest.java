// SPDX-License-Identifier: Apache-2.0
package applications;

import org.apache.commons.net.ftp.FTPClient;
import org.junit.jupiter.api.DisplayName;

import java.io.IOException;
import java.net.InetAddress;

/** The client listens, and the server connects to it. */
@DisplayName("Apache FtpServer, Commons Net's client: active")
class FtpActiveTest extends FtpTest {
    @Override
    FTPClient client() {
        return new ActiveClient();
    }

    @Override
    void choose(FTPClient client, boolean extended) {
        ((ActiveClient) client).extended = extended;
    }

    @Override
    String command() {
        return "PORT";
    }

    @Override
    String extendedCommand() {
        return "EPRT";
    }

    /** Commons Net has EPRT for IPv4 addresses, too, but no setting for it. */
    private static final class ActiveClient extends FTPClient {
        private boolean extended;

        @Override
        public int port(InetAddress host, int port) throws IOException {
            return extended ? eprt(host, port) : super.port(host, port);
        }
    }
}
