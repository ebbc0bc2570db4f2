// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary A connect to a port without a listener fails with a ConnectException that names the endpoint, and closes
 *          the channel; a bind to a port in use fails with a BindException
 * @library /lib
 * @run main/othervm NobodyListens
 */

import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class NobodyListens {
    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            for (Family family : Family.values()) {
                SocketAddress nobody;
                try (ServerSocketChannel server = family.listen()) {
                    nobody = server.getLocalAddress();
                }
                blocking(family, nobody);
                nonBlocking(family, nobody);
                throughSocket(family, nobody);
                portTaken(family);
            }
        });
    }

    private static void refused(Family family, SocketAddress nobody, SocketChannel channel, Check.Operation connect) {
        ConnectException refusal = Check.fails(ConnectException.class, connect);
        if (family != Family.TCP)
            Check.contains(refusal.getMessage(), nobody.toString());
        Check.that(!channel.isOpen() && !channel.isConnected(), "the channel is closed");
        Check.failsSomehow(ClosedChannelException.class, () -> channel.connect(nobody));
    }

    private static void blocking(Family family, SocketAddress nobody) throws IOException {
        Check.fails(ConnectException.class, () -> SocketChannel.open(nobody));
        try (SocketChannel channel = family.open()) {
            refused(family, nobody, channel, () -> channel.connect(nobody));
        }
    }

    private static void nonBlocking(Family family, SocketAddress nobody) throws IOException {
        try (Selector selector = Selector.open(); SocketChannel channel = family.open()) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_CONNECT);
            refused(family, nobody, channel, () -> {
                channel.connect(nobody);
                while (!channel.finishConnect())
                    selector.select();
            });
        }
    }

    private static void throughSocket(Family family, SocketAddress nobody) throws IOException {
        for (int timeout : new int[] { 0, 60_000 })
            try (SocketChannel channel = family.open()) {
                refused(family, nobody, channel, () -> channel.socket().connect(nobody, timeout));
                Check.that(channel.socket().isClosed(), "the socket is closed");
            }
    }

    private static void portTaken(Family family) throws IOException {
        try (ServerSocketChannel server = family.listen(); ServerSocketChannel other = family.openServer();
             SocketChannel client = family.open()) {
            for (Check.Operation bind : new Check.Operation[] {
                    () -> other.bind(server.getLocalAddress()), () -> client.bind(server.getLocalAddress()) }) {
                BindException taken = Check.fails(BindException.class, bind);
                if (family != Family.TCP)
                    Check.contains(taken.getMessage(), server.getLocalAddress().toString());
            }
            other.bind(family.anyPort()); // the failure has bound nothing
            Check.that(other.getLocalAddress() != null, "bound");
        }
    }
}
