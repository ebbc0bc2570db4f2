// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;

/**
 * Two channels of datagrams of one family, which the addresses choose. This knows which datagrams are on the way, so it
 * waits for what must come, and leaves out what would wait for ever.
 */
final class DatagramPair implements AutoCloseable {
    private static final int MOST_WAITING = 5;

    private final SocketAddress any;
    private final End[] ends = { new End(), new End() };

    private static final class End {
        final DatagramChannel channel = open();
        final Deque<Integer> waiting = new ArrayDeque<>(); // sizes of datagrams that were sent to it

        private static DatagramChannel open() {
            try {
                return DatagramChannel.open();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        boolean bound; // by the program: what a send binds has the address of no machine

        /** Where the other one reaches it; null: nowhere. */
        SocketAddress addressOrNull() throws IOException {
            return channel.isOpen() && bound ? channel.getLocalAddress() : null;
        }
    }

    /**
     * @param any an address to bind to, with a port of the system's choice
     */
    DatagramPair(SocketAddress any) {
        this.any = any;
    }

    String perform(DatagramOperation operation) {
        End end = ends[operation.channel()];
        End other = ends[1 - operation.channel()];
        return Outcome.of(() -> perform(operation.kind(), operation.size(), end, other));
    }

    private Object perform(DatagramOperation.Kind kind, int size, End end, End other) throws Exception {
        DatagramChannel channel = end.channel;
        SocketAddress address = other.addressOrNull();
        return switch (kind) {
            case SEND -> send(size, end, other, () -> channel.send(ByteBuffer.allocate(size), address));
            case SEND_PACKET -> !channel.isConnected() ? Outcome.LEFT_OUT : send(size, end, other, () -> {
                channel.socket().send(new DatagramPacket(new byte[size], size)); // with an address, it has a mapped one
                return size;
            });
            case WRITE -> send(size, end, other, () -> channel.write(ByteBuffer.allocateDirect(size)));
            case WRITE_VECTOR -> send(size, end, other, () -> (int) channel.write(vector(size)));
            case RECEIVE -> receive(end, () -> {
                ByteBuffer buffer = ByteBuffer.allocate(size);
                return channel.receive(buffer) == null ? null : buffer.position();
            });
            case RECEIVE_PACKET -> receive(end, () -> {
                DatagramPacket packet = new DatagramPacket(new byte[size], size);
                channel.socket().receive(packet);
                return packet.getLength();
            });
            case READ -> receive(end, () -> channel.read(ByteBuffer.allocate(size)));
            case READ_VECTOR -> receive(end, () -> (int) channel.read(vector(size)));
            case BIND -> end.bound = channel.bind(any) == channel;
            case CONNECT -> mayConnect(end, address) ? channel.connect(address) == channel : Outcome.LEFT_OUT;
            case CONNECT_ADAPTOR -> {
                if (!mayConnect(end, address))
                    yield Outcome.LEFT_OUT;
                channel.socket().connect(address);
                yield "connected";
            }
            case DISCONNECT -> channel.isConnected() && !end.bound ? Outcome.LEFT_OUT // a failure in the JDK, with -esa
                : channel.disconnect() == channel;
            case CLOSE -> {
                channel.close();
                yield "closed";
            }
            case CLOSE_ADAPTOR -> {
                channel.socket().close();
                yield "closed";
            }
            case BLOCKING -> channel.configureBlocking(true) == channel;
            case NON_BLOCKING -> channel.configureBlocking(false) == channel;
            case SELECT -> select(end);
            case BUFFER_SIZE -> channel.setOption(StandardSocketOptions.SO_SNDBUF, 1 << 16)
                .getOption(StandardSocketOptions.SO_SNDBUF) >= 1 << 16;
            case TIMEOUT -> {
                channel.socket().setSoTimeout(60_000);
                yield channel.socket().getSoTimeout();
            }
            case STATE -> state(channel);
            case ADAPTOR_STATE -> state(channel.socket());
        };
    }

    /** What has been received before a connect may be discarded by it, as the Javadoc says. */
    private static boolean mayConnect(End end, SocketAddress addressOrNull) {
        return addressOrNull != null && end.waiting.isEmpty();
    }

    private static ByteBuffer[] vector(int size) {
        return new ByteBuffer[] {
            ByteBuffer.allocate(size / 3), ByteBuffer.allocate(0), ByteBuffer.allocateDirect(size - size / 3)
        };
    }

    private static Object send(int size, End end, End other, Callable<Integer> send) throws Exception {
        boolean reachesNobody = end.channel.isOpen() && other.addressOrNull() == null;
        if (reachesNobody || other.waiting.size() >= MOST_WAITING)
            return Outcome.LEFT_OUT;
        int sent = send.call();
        other.waiting.add(size);
        return sent;
    }

    /** Receives what must be there, or finds that nothing is. */
    private static Object receive(End end, Callable<Integer> receive) throws Exception {
        DatagramChannel channel = end.channel;
        boolean bound = channel.isOpen() && channel.getLocalAddress() != null;
        if (channel.isOpen() && !bound)
            return Outcome.LEFT_OUT; // a receive would bind it, as UDP
        if (end.waiting.isEmpty())
            return channel.isOpen() && channel.isBlocking() ? Outcome.LEFT_OUT : receive.call();
        if (!channel.isBlocking())
            select(end);
        Integer length = receive.call();
        end.waiting.remove();
        return length;
    }

    private static Object select(End end) throws Exception {
        try (Selector selector = Selector.open()) {
            SelectionKey key = end.channel.register(selector, end.channel.validOps());
            selector.selectNow();
            if (!end.waiting.isEmpty())
                Outcome.await(() -> {
                    selector.selectNow();
                    return key.isReadable() ? "readable" : null;
                });
            return "ready " + key.readyOps();
        }
    }

    private static String state(DatagramChannel channel) throws IOException {
        return "open " + channel.isOpen() + ", connected " + channel.isConnected() + ", blocking "
            + channel.isBlocking() + ", local " + (channel.getLocalAddress() != null) + ", remote "
            + (channel.getRemoteAddress() != null);
    }

    private String state(DatagramSocket socket) {
        boolean vsock = any instanceof VsockSocketAddress;
        return "bound " + socket.isBound() + ", connected " + socket.isConnected() + ", closed " + socket.isClosed()
            + ", port " + Outcome.isPort(socket.getPort(), vsock ? socket.getRemoteSocketAddress() : null)
            + ", local port " + Outcome.isPort(socket.getLocalPort(), vsock ? socket.getLocalSocketAddress() : null)
            + ", channel "
            + (socket.getChannel() != null) + ", remote " + (socket.getRemoteSocketAddress() != null);
    }

    @Override
    public void close() throws IOException {
        for (End end : ends)
            end.channel.close();
    }
}
