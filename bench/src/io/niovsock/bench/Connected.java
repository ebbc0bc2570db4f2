// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The two ends of a connection. */
record Connected(SocketChannel client, SocketChannel server) {
    static Connected pair(Implementation implementation) throws IOException {
        try (ServerSocketChannel listener = implementation.listen()) {
            return pair(implementation, listener, listener.getLocalAddress());
        }
    }

    static Connected pair(Implementation implementation, ServerSocketChannel listener, SocketAddress where)
        throws IOException {
        SocketChannel client = implementation.connect(where);
        SocketChannel server = listener.accept();
        if (implementation instanceof Implementation.JdkTcp)
            server.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return new Connected(client, server);
    }

    void close() throws IOException {
        client.close();
        server.close();
    }
}
