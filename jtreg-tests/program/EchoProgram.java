// SPDX-License-Identifier: Apache-2.0
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * An echo server and its client, as any program may contain them. It uses java.nio, and knows of addresses only that a
 * class, named on the command line, makes them of text.
 */
public class EchoProgram {
    private static final int BYTES = 1 << 20;

    public static void main(String[] args) throws Exception {
        SocketAddress where = (SocketAddress) Class.forName(args[0]).getMethod("parse", String.class)
            .invoke(null, args[1]);
        try (Selector selector = Selector.open(); ServerSocketChannel server = ServerSocketChannel.open()) {
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            server.bind(where);
            SocketAddress bound = server.getLocalAddress();
            Thread client = new Thread(() -> send(bound));
            client.start();
            serveOne(selector);
            client.join();
        }
    }

    private static void serveOne(Selector selector) throws Exception {
        while (true) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isAcceptable()) {
                    SocketChannel accepted = ((ServerSocketChannel) key.channel()).accept();
                    accepted.configureBlocking(false);
                    accepted.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(10_000));
                    continue;
                }
                SocketChannel connection = (SocketChannel) key.channel();
                ByteBuffer buffer = (ByteBuffer) key.attachment();
                int n = connection.read(buffer);
                connection.write(buffer.flip());
                buffer.compact();
                key.interestOps(buffer.position() > 0 ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
                    : SelectionKey.OP_READ);
                if (n < 0 && buffer.position() == 0) {
                    connection.close();
                    return;
                }
            }
            selector.selectedKeys().clear();
        }
    }

    private static void send(SocketAddress where) {
        try (SocketChannel channel = SocketChannel.open(where)) {
            Thread writer = new Thread(() -> write(channel));
            writer.start();
            ByteBuffer buffer = ByteBuffer.allocate(5_000);
            int received = 0;
            while (channel.read(buffer.clear()) >= 0)
                for (buffer.flip(); buffer.hasRemaining(); received++)
                    if (buffer.get() != (byte) (received * 31))
                        throw new IllegalStateException("wrong byte at " + received);
            writer.join();
            System.out.println("echoed " + received + " over " + channel.getRemoteAddress());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(SocketChannel channel) {
        try {
            ByteBuffer bytes = ByteBuffer.allocate(BYTES);
            for (int i = 0; i < BYTES; i++)
                bytes.put((byte) (i * 31));
            channel.write(bytes.flip());
            channel.shutdownOutput();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
