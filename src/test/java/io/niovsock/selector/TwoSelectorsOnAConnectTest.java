package io.niovsock.selector;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Selectors wait for the end of a connect from before it begins. None is told that it has ended while it has not. */
class TwoSelectorsOnAConnectTest {
    private static final int ROUNDS = Machine.rounds(1000);
    private static final int SELECTORS = 2;

    @ForEachVsockChannel
    void aSelectedConnectHasEnded(ChannelKind kind) throws Exception {
        AtomicInteger finished = new AtomicInteger();
        try (ServerSocketChannel server = kind.listen()) {
            for (int round = 0; round < ROUNDS; round++)
                connect(kind, server, finished);
        }
        assertTrue(finished.get() > 0, "no selector has seen the end of a connect");
    }

    private static void connect(ChannelKind kind, ServerSocketChannel server, AtomicInteger finished) throws Exception {
        List<Selector> selectors = new ArrayList<>();
        List<Background<Void>> selecting = new ArrayList<>();
        try (SocketChannel client = kind.openClient()) {
            client.configureBlocking(false);
            for (int i = 0; i < SELECTORS; i++) {
                Selector selector = Selector.open();
                selectors.add(selector);
                client.register(selector, SelectionKey.OP_CONNECT);
                selecting.add(Background.start(() -> finishWhenSelected(selector, client, finished)));
            }
            client.connect(server.getLocalAddress());
            server.accept().close();
            for (Background<Void> thread : selecting)
                thread.result();
        } finally {
            for (Selector selector : selectors)
                selector.close();
        }
    }

    /** Until the channel is connected, by whichever thread. */
    private static Void finishWhenSelected(Selector selector, SocketChannel client, AtomicInteger finished) throws Exception {
        while (!client.isConnected()) {
            boolean pending = client.isConnectionPending();
            selector.select(10);
            boolean selected = selector.selectedKeys().stream().anyMatch(SelectionKey::isConnectable);
            selector.selectedKeys().clear();
            if (!selected || !pending) // an unconnected channel reports a hang-up, as TCP's does
                continue;
            assertTrue(client.finishConnect(), "a connect that was selected has ended");
            finished.incrementAndGet();
        }
        return null;
    }
}
