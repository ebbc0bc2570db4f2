// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary A channel registered before it connects keeps its key, and the selector sees its events: whatever the interest was,
 *          and whether the selector had looked at it before
 * @library /lib
 * @run main/othervm RegisterBeforeConnect
 */

import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Selecting;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class RegisterBeforeConnect {
    private static final int CONNECT = SelectionKey.OP_CONNECT;
    private static final int READ = SelectionKey.OP_READ;
    private static final int WRITE = SelectionKey.OP_WRITE;

    /** What happens between the registration and the connect. */
    private enum Before { NOTHING, SELECT, SELECT_AND_CHANGE, BIND }

    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            for (Family family : Family.values())
                for (int interest : new int[] { 0, CONNECT, READ, CONNECT | READ, CONNECT | READ | WRITE })
                    for (Before before : Before.values()) {
                        System.out.println(family + " interest=" + interest + " before=" + before);
                        connect(family, interest, before);
                    }
        });
    }

    private static void connect(Family family, int interest, Before before) throws IOException {
        try (Selector selector = Selector.open(); ServerSocketChannel server = family.listen(); SocketChannel client = family.open()) {
            client.configureBlocking(false);
            SelectionKey key = client.register(selector, interest);
            between(before, family, selector, client, key);
            establish(client, server.getLocalAddress(), selector, key);
            Check.that(client.keyFor(selector) == key && key.channel() == client && key.isValid(), "the key is the same, and valid");

            try (SocketChannel accepted = server.accept()) {
                if ((key.interestOps() & READ) != 0)
                    untouchedInterestStands(selector, key, accepted);
                eventsAsAskedFor(selector, key, accepted);
            }
        }
    }

    private static void between(Before before, Family family, Selector selector, SocketChannel client, SelectionKey key)
            throws IOException {
        switch (before) {
            case NOTHING -> { }
            case SELECT -> selector.selectNow();
            case SELECT_AND_CHANGE -> {
                selector.selectNow();
                int interest = key.interestOps();
                key.interestOps(WRITE);
                selector.selectNow();
                key.interestOps(interest);
            }
            case BIND -> {
                selector.selectNow();
                client.bind(family.anyPort());
            }
        }
        selector.selectedKeys().clear(); // a TCP channel that is not connected is ready for anything
    }

    private static void establish(SocketChannel client, SocketAddress where, Selector selector, SelectionKey key) throws IOException {
        if (client.connect(where)) {
            Check.that(client.finishConnect(), "a connected channel has finished");
            return;
        }
        int interest = key.interestOps();
        if ((interest & CONNECT) == 0)
            key.interestOps(CONNECT);
        while (!client.finishConnect()) {
            selector.select();
            selector.selectedKeys().clear();
        }
        if ((interest & CONNECT) == 0)
            key.interestOps(interest);
    }

    private static void untouchedInterestStands(Selector selector, SelectionKey key, SocketChannel peer) throws IOException {
        peer.write(ByteBuffer.wrap(new byte[1]));
        int others = key.interestOps() & WRITE;
        Selecting.await(selector, key, READ | others);
        Check.equal(((SocketChannel) key.channel()).read(ByteBuffer.allocate(10)), 1, "bytes read");
    }

    private static void eventsAsAskedFor(Selector selector, SelectionKey key, SocketChannel peer) throws IOException {
        SocketChannel client = (SocketChannel) key.channel();
        key.interestOps(WRITE);
        Selecting.await(selector, key, WRITE);
        key.interestOps(READ);
        selector.selectNow();
        selector.selectedKeys().clear();
        Selecting.nothing(selector);
        peer.write(ByteBuffer.wrap(new byte[1]));
        Selecting.await(selector, key, READ);
        key.interestOps(READ | WRITE);
        Selecting.await(selector, key, READ | WRITE);
        client.read(ByteBuffer.allocate(10));
        key.interestOps(0);
        peer.close();
        Selecting.nothing(selector);
        key.interestOps(READ);
        Selecting.await(selector, key, READ);
        Check.equal(client.read(ByteBuffer.allocate(10)), -1, "the end of the stream");
    }
}
