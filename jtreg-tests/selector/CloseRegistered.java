// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary Closing a registered channel cancels its key and ends the connection for the peer at once, while its
 *          descriptor's number stays out of use until the selector has let it go
 * @library /lib
 * @run main/othervm CloseRegistered
 */

import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Pair;
import vsocktest.Selecting;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;

public class CloseRegistered {
    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            for (Family family : Family.values()) {
                connection(family);
                listener(family);
                undecided(family);
                cancelledAndBlockingAgain(family);
                closedSelector(family);
                numbersAreNotMixedUp(family);
            }
        });
    }

    private static SelectionKey register(SocketChannel channel, Selector selector) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, SelectionKey.OP_READ);
    }

    private static void connection(Family family) throws IOException {
        for (boolean client : new boolean[] { true, false })
            try (Selector selector = Selector.open(); Pair pair = Pair.of(family)) {
                SocketChannel closed = client ? pair.client() : pair.accepted();
                SocketChannel peer = client ? pair.accepted() : pair.client();
                SelectionKey key = register(closed, selector);
                Selecting.nothing(selector);
                closed.close();
                Check.equal(peer.read(ByteBuffer.allocate(10)), -1,
                    "what the peer reads, before the selector has looked");
                Check.that(!key.isValid(), "the key is cancelled");
                Check.fails(CancelledKeyException.class, key::interestOps);
                Check.fails(ClosedChannelException.class, () -> closed.register(selector, 0));
                Check.fails(ClosedChannelException.class, () -> closed.read(ByteBuffer.allocate(1)));
                Selecting.nothing(selector);
                Check.equal(selector.keys(), Set.of(), "keys left");
                Check.that(!closed.isRegistered(), "no longer registered");
            }
    }

    private static void listener(Family family) throws IOException {
        try (Selector selector = Selector.open(); ServerSocketChannel server = family.listen()) {
            SocketAddress where = server.getLocalAddress();
            server.configureBlocking(false);
            SelectionKey key = server.register(selector, SelectionKey.OP_ACCEPT);
            Selecting.nothing(selector);
            server.close();
            Check.that(!key.isValid(), "the key is cancelled");
            Selecting.nothing(selector);
            Check.equal(selector.keys(), Set.of(), "keys left");
            Check.fails(ConnectException.class, () -> SocketChannel.open(where));
        }
    }

    private static void undecided(Family family) throws IOException {
        try (Selector selector = Selector.open()) {
            SocketChannel channel = family.open();
            SelectionKey key = register(channel, selector);
            selector.selectNow();
            channel.close();
            Check.that(!key.isValid(), "the key is cancelled");
            selector.selectNow();
            Check.equal(selector.keys(), Set.of(), "keys left");
        }
    }

    private static void cancelledAndBlockingAgain(Family family) throws IOException {
        try (Selector selector = Selector.open(); Pair pair = Pair.of(family)) {
            SocketChannel channel = pair.client();
            SelectionKey key = register(channel, selector);
            Check.fails(IllegalBlockingModeException.class, () -> channel.configureBlocking(true));
            key.cancel();
            selector.selectNow();
            channel.configureBlocking(true);
            Pair.checkFlow(channel, pair.accepted());
            Pair.checkFlow(pair.accepted(), channel);
            SelectionKey again = register(channel, selector);
            Check.that(again != key, "a new key");
            pair.accepted().write(ByteBuffer.wrap(new byte[1]));
            Selecting.await(selector, again, SelectionKey.OP_READ);
        }
    }

    private static void closedSelector(Family family) throws IOException {
        try (Pair pair = Pair.of(family)) {
            Selector selector = Selector.open();
            SelectionKey key = register(pair.client(), selector);
            selector.close();
            Check.that(!key.isValid() && pair.client().isOpen(), "the key is cancelled, the channel is open");
            pair.client().configureBlocking(true);
            Pair.checkFlow(pair.accepted(), pair.client());
        }
    }

    /** While the selector has not looked, new channels come and go, which might get the number of the closed one. */
    private static void numbersAreNotMixedUp(Family family) throws IOException {
        try (Selector selector = Selector.open(); Pair first = Pair.of(family)) {
            register(first.client(), selector);
            selector.selectNow();
            first.client().close();
            try (Pair second = Pair.of(family); Pair third = Pair.of(Family.TCP)) {
                SelectionKey key = register(second.client(), selector);
                SelectionKey other = register(third.client(), selector);
                second.accepted().write(ByteBuffer.wrap(new byte[1]));
                Selecting.await(selector, key, SelectionKey.OP_READ);
                Check.equal(selector.selectedKeys(), Set.of(), "what else is selected");
                Check.equal(selector.keys(), Set.of(key, other), "keys left");
            }
        }
    }
}
