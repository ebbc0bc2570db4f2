// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Sends texts to an {@link EchoServer}, one by one, and prints the answers. Exits with 1 if an answer differs.
 *
 * <pre>
 *   java EchoClient 127.0.0.1:5000 hello world
 *   java -cp nio-vsock.jar:. -Daddress.factory=io.niovsock.VsockSocketAddress#parse EchoClient vsock:3:5000 hello world
 * </pre>
 */
public final class EchoClient {
    private EchoClient() { }

    public static void main(String[] args) throws IOException {
        boolean same = true;
        try (SocketChannel channel = SocketChannel.open(Addresses.parse(args[0]))) {
            System.out.println("connected " + channel.getLocalAddress() + " to " + channel.getRemoteAddress());
            for (int i = 1; i < args.length; i++) {
                String echo = exchange(channel, args[i]);
                System.out.println("sent '" + args[i] + "', received '" + echo + "'");
                same &= echo.equals(args[i]);
            }
            channel.shutdownOutput();
            int afterwards = channel.read(ByteBuffer.allocate(1));
            System.out.println(afterwards < 0 ? "the server has ended the stream too" : "there is more than was sent");
            same &= afterwards < 0;
        }
        System.exit(same ? 0 : 1);
    }

    private static String exchange(SocketChannel channel, String text) throws IOException {
        ByteBuffer sent = UTF_8.encode(text);
        ByteBuffer received = ByteBuffer.allocate(sent.remaining());
        channel.write(sent);
        while (received.hasRemaining() && channel.read(received) >= 0) { }
        return UTF_8.decode(received.flip()).toString();
    }
}
