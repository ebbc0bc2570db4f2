// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary A channel that is registered with several selectors before it is decided is seen by each of them as each
 *     asked for
 * @library /lib
 * @run main/othervm SeveralSelectors
 */

import vsocktest.Attempt;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Selecting;

import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class SeveralSelectors {
    private static final int READ = SelectionKey.OP_READ;
    private static final int WRITE = SelectionKey.OP_WRITE;
    private static final int ACCEPT = SelectionKey.OP_ACCEPT;

    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            for (Family family : Family.values()) {
                connection(family);
                listener(family);
            }
        });
    }

    private static void connection(Family family) throws Exception {
        try (Selector blocked = Selector.open(); Selector fresh = Selector.open(); Selector used = Selector.open();
             Selector closed = Selector.open(); ServerSocketChannel server = family.listen();
             SocketChannel client = family.open()) {
            client.configureBlocking(false);
            SelectionKey keyOfBlocked = client.register(blocked, 0);
            SelectionKey keyOfFresh = client.register(fresh, READ);
            SelectionKey keyOfUsed = client.register(used, READ | WRITE);
            client.register(closed, READ);
            used.selectNow();
            used.selectedKeys().clear();
            closed.selectNow();
            closed.close();
            Attempt<Integer> selecting = Attempt.start(() -> selectUntilReady(blocked)).awaitBlocked();

            client.connect(server.getLocalAddress());
            while (!client.finishConnect())
                Thread.onSpinWait();
            try (SocketChannel accepted = server.accept()) {
                accepted.write(ByteBuffer.wrap(new byte[1]));
                Selecting.await(fresh, keyOfFresh, READ);
                Selecting.await(used, keyOfUsed, READ | WRITE);
                Check.that(!selecting.hasEnded(), "the one without interest sees nothing");
                keyOfBlocked.interestOps(READ);
                blocked.wakeup();
                Check.equal(selecting.result(), READ, "what the first one sees");

                keyOfFresh.cancel();
                fresh.selectNow();
                Check.that(client.isRegistered(), "still registered with the others");
                keyOfUsed.interestOps(READ);
                client.read(ByteBuffer.allocate(10));
                used.selectNow();
                used.selectedKeys().clear();
                Selecting.nothing(used);
                accepted.write(ByteBuffer.wrap(new byte[1]));
                Selecting.await(used, keyOfUsed, READ);
                Selecting.nothing(fresh);
            }
        }
    }

    private static int selectUntilReady(Selector selector) throws Exception {
        while (selector.select() == 0)
            continue;
        return selector.selectedKeys().iterator().next().readyOps();
    }

    private static void listener(Family family) throws Exception {
        try (Selector one = Selector.open(); Selector other = Selector.open();
             ServerSocketChannel server = family.openServer()) {
            server.configureBlocking(false);
            SelectionKey keyOfOne = server.register(one, ACCEPT);
            SelectionKey keyOfOther = server.register(other, ACCEPT);
            one.selectNow();
            one.selectedKeys().clear();
            server.bind(family.anyPort());
            Selecting.nothing(one);
            Selecting.nothing(other);
            try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                Selecting.await(one, keyOfOne, ACCEPT);
                Selecting.await(other, keyOfOther, ACCEPT);
                server.accept().close();
                Check.that(client.isConnected(), "connected");
            }
        }
    }
}
