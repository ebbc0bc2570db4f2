// SPDX-License-Identifier: Apache-2.0
package io.niovsock.selector;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** One selector, the JDK's own, with channels of every kind. */
class MixedSelectorTest {
    private static final int READ = SelectionKey.OP_READ;

    @Test
    void eachIsReportedForItselfAndNoOther() throws Exception {
        InetSocketAddress udpAddress = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (Selector selector = Selector.open(); Pair tcp = Pair.of(ChannelKind.TCP);
             Pair vsock = Pair.of(ChannelKind.VSOCK);
             Pair deferred = Pair.of(ChannelKind.DEFERRED_VSOCK);
             DatagramChannel udp = DatagramChannel.open().bind(udpAddress);
             DatagramChannel udpSender = DatagramChannel.open()) {
            Pipe pipe = Pipe.open();
            try (Pipe.SourceChannel source = pipe.source(); Pipe.SinkChannel sink = pipe.sink()) {
                tcp.client().configureBlocking(false).register(selector, READ, "tcp");
                vsock.client().configureBlocking(false).register(selector, READ, "vsock");
                vsock.peer().configureBlocking(false).register(selector, READ, "vsock peer");
                deferred.client().configureBlocking(false).register(selector, READ, "deferred");
                udp.configureBlocking(false).register(selector, READ, "udp");
                source.configureBlocking(false).register(selector, READ, "pipe");
                assertEquals(6, selector.keys().size());
                assertEquals(0, selector.selectNow());

                Map<String, Sender> senders = new HashMap<>();
                senders.put("tcp", text -> tcp.peer().write(text));
                senders.put("vsock", text -> vsock.peer().write(text));
                senders.put("vsock peer", text -> vsock.client().write(text));
                senders.put("deferred", text -> deferred.peer().write(text));
                senders.put("udp", text -> udpSender.send(text, udp.getLocalAddress()));
                senders.put("pipe", sink::write);
                for (String name : senders.keySet()) {
                    senders.get(name).send(Streams.buffer(name));
                    assertEquals(Map.of(name, name), received(selector, 1));
                }

                for (String name : senders.keySet())
                    senders.get(name).send(Streams.buffer(name));
                Map<String, String> all = received(selector, senders.size());
                assertEquals(senders.keySet(), all.keySet());
                all.forEach((name, text) -> assertEquals(name, text));
                assertEquals(0, selector.selectNow());
            }
        }
    }

    private interface Sender {
        void send(ByteBuffer text) throws Exception;
    }

    /** The data of {@code count} keys, by the name that is attached to each. */
    private static Map<String, String> received(Selector selector, int count) throws Exception {
        Map<String, String> received = new HashMap<>();
        while (received.size() < count) {
            assertTrue(selector.select(Machine.PATIENCE.toMillis()) > 0, () -> "only " + received + " came");
            for (SelectionKey key : selector.selectedKeys()) {
                assertEquals(READ, key.readyOps());
                ByteBuffer dst = ByteBuffer.allocate(100);
                if (key.channel() instanceof DatagramChannel datagrams)
                    assertNotNull(datagrams.receive(dst));
                else
                    ((ReadableByteChannel) key.channel()).read(dst);
                received.put((String) key.attachment(), new String(dst.array(), 0, dst.position()));
            }
            selector.selectedKeys().clear();
        }
        return received;
    }

    @Test
    void allThatHaveRoomAreWritable() throws Exception {
        try (Selector selector = Selector.open(); Pair tcp = Pair.of(ChannelKind.TCP);
             Pair vsock = Pair.of(ChannelKind.VSOCK);
             Pair deferred = Pair.of(ChannelKind.DEFERRED_VSOCK); DatagramChannel udp = DatagramChannel.open()) {
            udp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Set<SelectionKey> keys = new HashSet<>();
            for (SelectableChannel channel : List.of(tcp.client(), vsock.client(), vsock.peer(), deferred.client(),
                udp))
                keys.add(channel.configureBlocking(false).register(selector, SelectionKey.OP_WRITE));
            selector.select(Machine.PATIENCE.toMillis());
            assertEquals(keys, selector.selectedKeys());
        }
    }

    @Test
    void aListenerIsReportedForItselfAndNoOther() throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel tcp = ChannelKind.TCP.listen();
             ServerSocketChannel vsock = ChannelKind.VSOCK.listen();
             ServerSocketChannel deferred = ChannelKind.DEFERRED_VSOCK.listen()) {
            for (ServerSocketChannel server : List.of(tcp, vsock, deferred))
                server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            for (ServerSocketChannel server : List.of(tcp, vsock, deferred)) {
                assertEquals(0, selector.selectNow());
                try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                    assertTrue(selector.select(Machine.PATIENCE.toMillis()) > 0, () -> client + " is not reported");
                    assertEquals(Set.of(server.keyFor(selector)), selector.selectedKeys());
                    server.accept().close();
                    selector.selectedKeys().clear();
                }
            }
        }
    }

    /**
     * An echo server with a TCP and a vsock listener, and clients of both. The event loop does not distinguish them.
     */
    @Test
    void anEchoServerServesBothWithOneLoop() throws Exception {
        int clientsOfEach = 10;
        byte[] bytes = Payload.random(5, 100_000);
        Map<SocketChannel, ByteBuffer> received = new HashMap<>();
        Map<SocketChannel, ByteBuffer> toSend = new HashMap<>();
        List<ServerSocketChannel> servers = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            try {
                for (ChannelKind channel : List.of(ChannelKind.TCP, ChannelKind.DEFERRED_VSOCK)) {
                    ServerSocketChannel server = ServerSocketChannel.open();
                    servers.add(server);
                    server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
                    server.bind(channel.freeEndpoint());
                    for (int i = 0; i < clientsOfEach; i++) {
                        SocketChannel client = SocketChannel.open();
                        received.put(client, ByteBuffer.allocate(bytes.length));
                        toSend.put(client, ByteBuffer.wrap(bytes));
                        SelectionKey key = client.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT);
                        if (client.connect(server.getLocalAddress()))
                            key.interestOps(SelectionKey.OP_WRITE);
                    }
                }
                int finished = 0;
                while (finished < 2 * clientsOfEach) {
                    assertTrue(selector.select(Machine.PATIENCE.toMillis()) > 0, "everybody waits");
                    for (SelectionKey key : selector.selectedKeys()) {
                        if (received.containsKey(key.channel()))
                            finished += serveClient(key, received, toSend);
                        else
                            serve(selector, key);
                    }
                    selector.selectedKeys().clear();
                }
                received.values().forEach(buffer ->
                    assertEquals(Payload.digest(bytes), Payload.digest(buffer.array())));
            } finally {
                for (ServerSocketChannel server : servers)
                    server.close();
                for (SelectionKey key : Set.copyOf(selector.keys()))
                    key.channel().close();
            }
        }
    }

    private static void serve(Selector selector, SelectionKey key) throws Exception {
        if (key.isAcceptable()) {
            SocketChannel accepted = ((ServerSocketChannel) key.channel()).accept();
            if (accepted != null)
                accepted.configureBlocking(false).register(selector, READ, ByteBuffer.allocate(4096));
            return;
        }
        SocketChannel channel = (SocketChannel) key.channel();
        ByteBuffer pending = (ByteBuffer) key.attachment();
        int n = channel.read(pending);
        pending.flip();
        channel.write(pending);
        key.interestOps(pending.hasRemaining() ? SelectionKey.OP_WRITE : READ);
        pending.compact();
        if (n < 0)
            channel.close();
    }

    /** 1 if the client has received everything. */
    private static int serveClient(SelectionKey key, Map<SocketChannel, ByteBuffer> received,
        Map<SocketChannel, ByteBuffer> toSend)
        throws Exception {
        SocketChannel client = (SocketChannel) key.channel();
        if (key.isConnectable())
            client.finishConnect();
        ByteBuffer src = toSend.get(client);
        ByteBuffer dst = received.get(client);
        client.write(src);
        client.read(dst);
        key.interestOps(src.hasRemaining() ? READ | SelectionKey.OP_WRITE : READ);
        if (dst.hasRemaining())
            return 0;
        client.close();
        return 1;
    }
}
