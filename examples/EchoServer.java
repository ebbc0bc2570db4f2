import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Sends back what it receives, to any number of clients, on one thread. An ordinary NIO server: that it speaks vsock
 * is a matter of the address that it is given.
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
            return; // it was ready, and the client is gone
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Connection(channel));
    }

    /** What has been received from one client and not been sent back yet. */
    private static final class Connection {
        private final SocketChannel channel;
        private final String name;
        private final ByteBuffer pending = ByteBuffer.allocateDirect(64 * 1024);
        private long echoed;
        private boolean ended; // by the client, which may still want the rest

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

        /** Moves what can be moved without waiting. */
        private void echo() throws IOException {
            if (!ended && channel.read(pending) < 0)
                ended = true;
            pending.flip();
            echoed += channel.write(pending);
            pending.compact();
        }

        /** Reads while there is room, and writes while there is something to write. */
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
