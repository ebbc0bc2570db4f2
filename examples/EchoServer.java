// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Sends back the bytes that it receives, to any number of clients, on one thread. It is an ordinary NIO server: only
 * its address makes it speak vsock.
 *
 * <pre>
 *   java EchoServer 127.0.0.1:5000
 *   java -cp nio-vsock.jar:. -Daddress.factory=io.niovsock.VsockSocketAddress#parse EchoServer vsock::5000
 * </pre>
 */
public final class EchoServer {
    private EchoServer() { }

    public static void main(String[] args) throws IOException {
        try (Selector selector = Selector.open(); ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(Addresses.parse(args[0]));
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            System.out.println("listening on " + server.getLocalAddress());
            while (true) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.channel() == server)
                        accept(server, selector);
                    else
                        ((Connection) key.attachment()).ready(key);
                }
                selector.selectedKeys().clear();
            }
        }
    }

    private static void accept(ServerSocketChannel server, Selector selector) throws IOException {
        SocketChannel channel = server.accept();
        if (channel == null)
            return; // the client has gone meanwhile
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Connection(channel));
    }

    /** Bytes from one client that the server must still send back. */
    private static final class Connection {
        private final SocketChannel channel;
        private final String name;
        private final ByteBuffer pending = ByteBuffer.allocateDirect(64 * 1024);
        private long echoed;
        private boolean ended; // the client has ended its stream, and may still read

        Connection(SocketChannel channel) throws IOException {
            this.channel = channel;
            this.name = channel.getRemoteAddress() + " at " + channel.getLocalAddress();
            System.out.println("accepted " + name);
        }

        void ready(SelectionKey key) {
            try {
                echo();
                if (ended && pending.position() == 0)
                    close("after " + echoed + " bytes");
                else
                    key.interestOps(interest());
            } catch (IOException e) {
                close(e.toString());
            }
        }

        /** Moves as many bytes as possible without waiting. */
        private void echo() throws IOException {
            if (!ended && channel.read(pending) < 0)
                ended = true;
            pending.flip();
            echoed += channel.write(pending);
            pending.compact();
        }

        /** Selects for reading while there is room, and for writing while there are bytes to send. */
        private int interest() {
            int read = ended || !pending.hasRemaining() ? 0 : SelectionKey.OP_READ;
            int write = pending.position() == 0 ? 0 : SelectionKey.OP_WRITE;
            return read | write;
        }

        private void close(String why) {
            System.out.println("closed " + name + " " + why);
            try {
                channel.close();
            } catch (IOException e) {
                System.out.println("closing " + name + " failed: " + e);
            }
        }
    }
}
