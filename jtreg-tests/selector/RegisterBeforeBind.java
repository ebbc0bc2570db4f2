// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary A listener registered before it is bound keeps its key, and the selector sees what comes: whatever the interest was,
 *          and whether the selector had looked at it before
 * @library /lib
 * @run main/othervm RegisterBeforeBind
 */

import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Selecting;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class RegisterBeforeBind {
    private static final int ACCEPT = SelectionKey.OP_ACCEPT;

    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            for (Family family : Family.values())
                for (int interest : new int[] { 0, ACCEPT })
                    for (boolean selectBefore : new boolean[] { false, true }) {
                        System.out.println(family + " interest=" + interest + " selectBefore=" + selectBefore);
                        bind(family, interest, selectBefore);
                    }
        });
    }

    private static void bind(Family family, int interest, boolean selectBefore) throws IOException {
        try (Selector selector = Selector.open(); ServerSocketChannel server = family.openServer()) {
            server.configureBlocking(false);
            SelectionKey key = server.register(selector, interest);
            if (selectBefore)
                selector.selectNow();
            server.bind(family.anyPort());
            selector.selectNow();
            selector.selectedKeys().clear();
            Check.that(server.keyFor(selector) == key && key.channel() == server && key.isValid(), "the key is the same, and valid");
            Selecting.nothing(selector);
            if (interest == 0)
                key.interestOps(ACCEPT);
            for (int i = 0; i < 3; i++)
                acceptOne(server, selector, key);
            key.interestOps(0);
            try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                Selecting.nothing(selector);
                key.interestOps(ACCEPT);
                Selecting.await(selector, key, ACCEPT);
                server.accept().close();
                Check.that(client.isConnected(), "connected");
            }
        }
    }

    private static void acceptOne(ServerSocketChannel server, Selector selector, SelectionKey key) throws IOException {
        Selecting.nothing(selector);
        try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            Selecting.await(selector, key, ACCEPT);
            try (SocketChannel accepted = server.accept()) {
                Check.equal(accepted.getRemoteAddress(), client.getLocalAddress(), "the peer's address");
            }
        }
    }
}
