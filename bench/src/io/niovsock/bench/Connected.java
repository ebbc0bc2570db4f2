// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The two ends of a connection. */
record Connected(SocketChannel client, SocketChannel server) {
    static Connected pair(Contender contender) throws IOException {
        try (ServerSocketChannel listener = contender.listen()) {
            return pair(contender, listener, listener.getLocalAddress());
        }
    }

    static Connected pair(Contender contender, ServerSocketChannel listener, SocketAddress where) throws IOException {
        SocketChannel client = contender.connect(where);
        SocketChannel server = listener.accept();
        if (contender instanceof Contender.JdkTcp)
            server.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return new Connected(client, server);
    }

    void close() throws IOException {
        client.close();
        server.close();
    }
}
