// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;
import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** With the sockets of {@code java.net}, whose reads have a timeout. */
final class SocketVisits implements Visits {
    private final byte[] word = new byte[Long.BYTES];
    private final ServerSocket listener = listen();
    private final VsockSocketFactory factory =
        new VsockSocketFactory((VsockSocketAddress) listener.getLocalSocketAddress());

    SocketVisits() throws IOException { }

    /** A listener at a free endpoint. */
    static ServerSocket listen() throws IOException {
        ServerSocket listener = VsockServerSocketFactory.getDefault().createServerSocket();
        listener.bind(ChannelKind.VSOCK.freeEndpoint());
        return listener;
    }

    @Override
    public boolean visit(long tag) throws IOException {
        try (Socket client = factory.createSocket()) {
            client.connect(listener.getLocalSocketAddress(), (int) TimeUnit.SECONDS.toMillis(Way.LIMIT));
            try (Socket server = listener.accept()) {
                return carry(client, tag, server) && carry(server, ~tag, client);
            }
        }
    }

    private boolean carry(Socket from, long tag, Socket to) throws IOException {
        from.getOutputStream().write(ByteBuffer.allocate(Long.BYTES).putLong(tag).array());
        to.setSoTimeout((int) TimeUnit.SECONDS.toMillis(Way.LIMIT));
        for (int have = 0; have < word.length; )
            have += Way.some(to.getInputStream().read(word, have, word.length - have));
        return ByteBuffer.wrap(word).getLong() == tag;
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    @Override
    public String toString() {
        return Way.SOCKETS.toString();
    }
}
