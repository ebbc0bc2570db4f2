// SPDX-License-Identifier: Apache-2.0
import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The server of the pair that VMware introduced VM sockets with. It sets the size of its buffer and checks the result,
 * binds to any CID and any port, and prints its address. Then it accepts one client, and counts the client's bytes.
 *
 * <pre>
 *   java -cp nio-vsock.jar:classes StreamServer
 * </pre>
 */
public final class StreamServer {
    private static final long BUFFER_SIZE = 32768;

    private StreamServer() { }

    public static void main(String[] args) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(VsockProtocolFamily.VSOCK)) {
            server.setOption(VsockSocketOptions.BUFFER_SIZE, BUFFER_SIZE); // connections inherit it
            long size = server.getOption(VsockSocketOptions.BUFFER_SIZE);
            if (size != BUFFER_SIZE)
                throw new IOException("asked for a buffer of " + BUFFER_SIZE + " bytes, got " + size);
            server.bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, VsockSocketAddress.PORT_ANY));
            System.out.println("listening at CID " + Vsock.localCid() + ", port " + port(server));
            try (SocketChannel client = accept(server)) {
                VsockSocketAddress who = (VsockSocketAddress) client.getRemoteAddress();
                System.out.println("accepted CID " + who.getCid() + ", port " + who.getVsockPort());
                System.out.println("buffer size " + client.getOption(VsockSocketOptions.BUFFER_SIZE));
                System.out.println("received " + receive(client) + " bytes");
            }
        }
    }

    private static long port(ServerSocketChannel server) throws IOException {
        return ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
    }

    private static SocketChannel accept(ServerSocketChannel server) throws IOException {
        try (Selector selector = selecting(server, SelectionKey.OP_ACCEPT)) {
            while (true) {
                selector.select();
                selector.selectedKeys().clear();
                SocketChannel client = server.accept();
                if (client != null)
                    return client; // null: the client has gone meanwhile
            }
        }
    }

    /** Receives until the client has sent everything. */
    private static long receive(SocketChannel client) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) BUFFER_SIZE);
        long received = 0;
        try (Selector selector = selecting(client, SelectionKey.OP_READ)) {
            while (true) {
                selector.select();
                selector.selectedKeys().clear();
                int n = client.read(buffer.clear());
                if (n < 0)
                    return received;
                received += n;
            }
        }
    }

    private static Selector selecting(SelectableChannel channel, int operation) throws IOException {
        Selector selector = Selector.open();
        channel.configureBlocking(false).register(selector, operation);
        return selector;
    }
}
