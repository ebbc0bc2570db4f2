// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/**
 * Two processes of socat that carry one TCP connection over vsock: one takes it and connects over vsock, the other
 * accepts that and connects to the server. Each ends with the connection.
 */
final class Sidecar {
    private static final String BLOCK = "65536"; // bytes moved by one call

    private Sidecar() { }

    /** Returns the port of TCP that leads to the port of the server. */
    static int start(int server) throws IOException {
        int port = 40_000 + (int) (ProcessHandle.current().pid() % 20_000); // of vsock; one for each fork
        listen("VSOCK-LISTEN:" + port, "TCP:127.0.0.1:" + server + ",nodelay");
        String told = listen("TCP-LISTEN:0,bind=127.0.0.1,nodelay", "VSOCK-CONNECT:1:" + port);
        return Integer.parseInt(told.replaceFirst(".*:", ""));
    }

    /** Returns what socat says when it listens, such as "listening on AF=2 127.0.0.1:45678". */
    private static String listen(String from, String to) throws IOException {
        Process socat = new ProcessBuilder("socat", "-d", "-d", "-b", BLOCK, from, to).start();
        BufferedReader log = new BufferedReader(new InputStreamReader(socat.getErrorStream()));
        StringBuilder said = new StringBuilder();
        for (String line; (line = log.readLine()) != null; said.append(line).append('\n'))
            if (line.contains("listening on"))
                return line;
        throw new IOException("socat: " + said);
    }
}
