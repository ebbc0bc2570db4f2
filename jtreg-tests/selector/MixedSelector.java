// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary One selector serves TCP, UDP, pipes and vsock: each becomes ready when it has something, and only then
 * @library /lib
 * @run main/othervm MixedSelector
 */

import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Limit;
import vsocktest.Pair;
import vsocktest.Selecting;

import java.io.IOException;
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
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

public class MixedSelector {
    /** Where a byte goes in, and the key that it makes readable. */
    private record Source(WritableByteChannel in, SelectionKey key) { }

    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            readiness();
            accepting();
        });
    }

    private static void readiness() throws IOException {
        Pipe pipe = Pipe.open();
        try (Selector selector = Selector.open();
             Pair tcp = Pair.of(Family.TCP);
             Pair vsock = Pair.of(Family.VSOCK);
             Pair byFamily = Pair.of(Family.VSOCK_BY_FAMILY);
             DatagramChannel receiver = DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
             DatagramChannel sender = DatagramChannel.open().connect(receiver.getLocalAddress());
             Pipe.SourceChannel source = pipe.source();
             Pipe.SinkChannel sink = pipe.sink()) {
            List<Source> sources = List.of(
                new Source(tcp.client(), register(tcp.accepted(), selector)),
                new Source(vsock.client(), register(vsock.accepted(), selector)),
                new Source(vsock.accepted(), register(vsock.client(), selector)),
                new Source(byFamily.client(), register(byFamily.accepted(), selector)),
                new Source(sender, register(receiver, selector)),
                new Source(sink, register(source, selector)));
            oneByOne(selector, sources);
            allTogether(selector, sources);
            writableTogether(selector, List.of(tcp.accepted(), vsock.accepted(), vsock.client(), byFamily.accepted(), receiver));
        }
    }

    private static SelectionKey register(SelectableChannel channel, Selector selector) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, SelectionKey.OP_READ);
    }

    private static void oneByOne(Selector selector, List<Source> sources) throws IOException {
        for (Source source : sources) {
            Selecting.nothing(selector);
            send(source);
            Selecting.await(selector, source.key, SelectionKey.OP_READ);
            Check.equal(selector.selectedKeys(), Set.of(), "what else is selected");
            receive(source);
        }
        Selecting.nothing(selector);
    }

    private static void allTogether(Selector selector, List<Source> sources) throws IOException {
        Set<SelectionKey> all = new HashSet<>();
        for (Source source : sources) {
            send(source);
            all.add(source.key);
        }
        long start = System.nanoTime();
        while (!selector.selectedKeys().equals(all)) {
            Check.that(System.nanoTime() - start < Limit.MILLIS * 1_000_000, "all are ready: " + selector.selectedKeys());
            selector.select(100);
        }
        selector.selectedKeys().clear();
        for (Source source : sources)
            receive(source);
        Selecting.nothing(selector);
    }

    private static void writableTogether(Selector selector, List<SelectableChannel> channels) throws IOException {
        Set<SelectionKey> writable = new HashSet<>();
        for (SelectableChannel channel : channels)
            writable.add(channel.keyFor(selector).interestOps(SelectionKey.OP_WRITE));
        selector.select();
        Check.equal(selector.selectedKeys(), writable, "the writable ones");
    }

    private static void send(Source source) throws IOException {
        Check.equal(source.in.write(ByteBuffer.wrap(new byte[] { 42 })), 1, "bytes sent");
    }

    private static void receive(Source source) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(10);
        if (source.key.channel() instanceof DatagramChannel unconnected)
            unconnected.receive(buffer);
        else
            ((ReadableByteChannel) source.key.channel()).read(buffer);
        Check.equal(buffer.flip(), ByteBuffer.wrap(new byte[] { 42 }), "what was received");
    }

    private static void accepting() throws IOException {
        List<ServerSocketChannel> servers = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (Family family : Family.values()) {
                servers.add(family.listen());
                servers.get(servers.size() - 1).configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            }
            for (ServerSocketChannel server : servers) {
                Selecting.nothing(selector);
                try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                    Selecting.await(selector, server.keyFor(selector), SelectionKey.OP_ACCEPT);
                    Check.equal(selector.selectedKeys(), Set.of(), "what else is selected");
                    server.accept().close();
                    Check.equal(server.accept(), null, "a second connection");
                    Check.that(client.isConnected(), "connected");
                }
            }
        } finally {
            for (ServerSocketChannel server : servers)
                server.close();
        }
    }
}
