// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary A channel becomes TCP or vsock while a thread is in select with it: that thread sees its events, whether it
 *          was blocked there or busy with a key that is ready all the time
 * @library /lib
 * @run main/othervm DecideWhileSelecting
 */

import vsocktest.Attempt;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class DecideWhileSelecting {
    private static final int ROUNDS = 20;

    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            for (Family family : Family.values())
                for (int i = 0; i < ROUNDS; i++) {
                    connectWhileBlocked(family);
                    connectWhileBusy(family);
                    bindWhileBlocked(family);
                    bindWhileBusy(family);
                }
        });
    }

    /** Interest 0 at first: the selector does not see the channel. */
    private static void connectWhileBlocked(Family family) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = family.listen();
             SocketChannel client = family.open()) {
            client.configureBlocking(false);
            SelectionKey key = client.register(selector, 0);
            Attempt<Integer> reading = Attempt.start(() -> readWhenReady(selector, client)).awaitBlocked();
            client.connect(server.getLocalAddress());
            key.interestOps(SelectionKey.OP_CONNECT | SelectionKey.OP_READ);
            selector.wakeup();
            try (SocketChannel accepted = server.accept()) {
                accepted.write(ByteBuffer.wrap(new byte[7]));
                Check.equal(reading.result(), 7, "bytes read");
            }
        }
    }

    /** An unconnected TCP channel, and so an undecided one, is ready for whatever is asked. */
    private static void connectWhileBusy(Family family) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = family.listen();
             SocketChannel client = family.open()) {
            client.configureBlocking(false);
            client.register(selector, SelectionKey.OP_CONNECT | SelectionKey.OP_READ);
            Attempt<Integer> reading = Attempt.start(() -> readWhenReady(selector, client));
            client.connect(server.getLocalAddress());
            try (SocketChannel accepted = server.accept()) {
                accepted.write(ByteBuffer.wrap(new byte[7]));
                Check.equal(reading.result(), 7, "bytes read");
            }
        }
    }

    private static int readWhenReady(Selector selector, SocketChannel client) throws IOException {
        while (true) {
            selector.select();
            selector.selectedKeys().clear();
            if (client.isConnectionPending())
                client.finishConnect();
            int n = client.isConnected() ? client.read(ByteBuffer.allocate(10)) : 0;
            if (n != 0)
                return n;
        }
    }

    private static void bindWhileBlocked(Family family) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = family.openServer()) {
            server.configureBlocking(false);
            SelectionKey key = server.register(selector, 0);
            Attempt<SocketChannel> accepting = Attempt.start(() -> acceptWhenReady(selector, server)).awaitBlocked();
            server.bind(family.anyPort());
            key.interestOps(SelectionKey.OP_ACCEPT);
            selector.wakeup();
            connectTo(server, accepting);
        }
    }

    private static void bindWhileBusy(Family family) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = family.openServer()) {
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            Attempt<SocketChannel> accepting = Attempt.start(() -> acceptWhenReady(selector, server));
            server.bind(family.anyPort());
            connectTo(server, accepting);
        }
    }

    private static void connectTo(ServerSocketChannel server, Attempt<SocketChannel> accepting) throws Exception {
        try (SocketChannel client = SocketChannel.open(server.getLocalAddress());
             SocketChannel accepted = accepting.result()) {
            Check.equal(accepted.getRemoteAddress(), client.getLocalAddress(), "the peer's address");
        }
    }

    private static SocketChannel acceptWhenReady(Selector selector, ServerSocketChannel server) throws IOException {
        while (true) {
            selector.select();
            selector.selectedKeys().clear();
            try {
                SocketChannel accepted = server.accept();
                if (accepted != null)
                    return accepted;
            } catch (NotYetBoundException notYet) {
                continue;
            }
        }
    }
}
