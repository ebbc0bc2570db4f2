// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.VsockSocketAddress;
import io.niovsock.model.Operation.End;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * A listener, a channel that may connect to it, and the channel that may be accepted: of one family, which the address
 * chooses. Operations tell their outcome as text that should be the same for each family.
 *
 * <p> This knows which bytes are on the way. So it waits for what must come, and leaves out what would wait for ever.
 */
final class Connection implements AutoCloseable {
    private static final int MOST_UNREAD = 20_000; // less than any socket's buffer

    private final ServerSocketChannel listener = ServerSocketChannel.open();
    private final KeptPort port = new KeptPort();
    private final SocketAddress any;
    private final SocketAddress address;
    private final Map<End, Channel> ends = new EnumMap<>(End.class);
    private boolean waiting; // connected, not accepted

    /** A channel, and what the model knows of it. */
    private static final class Channel {
        final SocketChannel socket;
        int unread; // bytes that the other end has written
        boolean inputEnds; // the other end sends no more
        boolean peerClosed;
        boolean inputShut;

        Channel(SocketChannel socket) {
            this.socket = socket;
        }
    }

    /**
     * @param any an address to bind to, with a port of the system's choice
     */
    Connection(SocketAddress any) throws IOException {
        this.any = any;
        listener.bind(any);
        address = listener.getLocalAddress();
        listener.configureBlocking(false);
        ends.put(End.CLIENT, new Channel(SocketChannel.open()));
    }

    /** Performs an operation, and tells its outcome: what it returns, or the class of its exception. */
    String perform(Operation operation) {
        Channel channel = ends.get(operation.end());
        if (channel == null && operation.kind().compareTo(Operation.Kind.ACCEPT) < 0)
            return Outcome.LEFT_OUT;
        return Outcome.of(() -> perform(operation, channel));
    }

    private Object perform(Operation operation, Channel channel) throws Exception {
        int size = operation.size();
        return switch (operation.kind()) {
            case CONNECT -> connect(channel);
            case FINISH_CONNECT ->
                channel.socket.isConnectionPending() ? Outcome.LEFT_OUT : channel.socket.finishConnect();
            case BIND -> channel.socket.bind(any) == channel.socket;
            case READ -> read(channel, size, n -> channel.socket.read(ByteBuffer.allocateDirect(n)));
            case READ_VECTOR -> read(channel, size, n -> (int) channel.socket.read(vector(n)));
            case READ_STREAM -> read(channel, size, n -> channel.socket.socket().getInputStream().read(new byte[n]));
            case WRITE -> write(operation, () -> channel.socket.write(ByteBuffer.allocate(size)));
            case WRITE_VECTOR -> write(operation, () -> (int) channel.socket.write(vector(size)));
            case WRITE_STREAM -> write(operation, () -> {
                channel.socket.socket().getOutputStream().write(new byte[size]);
                return size;
            });
            case SHUT_INPUT -> {
                channel.socket.shutdownInput();
                channel.inputShut = true;
                yield "done";
            }
            case SHUT_OUTPUT -> {
                channel.socket.shutdownOutput();
                other(operation.end()).inputEnds = true;
                yield "done";
            }
            case CLOSE -> close(operation.end(), channel.socket::close);
            case CLOSE_ADAPTOR -> close(operation.end(), channel.socket.socket()::close);
            case BLOCKING -> channel.socket.configureBlocking(true) == channel.socket;
            case NON_BLOCKING -> channel.socket.configureBlocking(false) == channel.socket;
            case SELECT -> select(channel.socket, channel.unread > 0 || channel.inputEnds || channel.inputShut)
                + (channel.socket.socket().isOutputShutdown() ? ", output shut" : "");
            case KEEP_ALIVE -> channel.socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true)
                .getOption(StandardSocketOptions.SO_KEEPALIVE);
            case BUFFER_SIZE -> channel.socket.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 16)
                .getOption(StandardSocketOptions.SO_RCVBUF) >= 1 << 16;
            case TIMEOUT -> {
                channel.socket.socket().setSoTimeout(60_000);
                yield channel.socket.socket().getSoTimeout();
            }
            case STATE -> state(channel.socket);
            case ADAPTOR_STATE -> state(channel.socket.socket());
            case ACCEPT -> accept();
            case CLOSE_LISTENER -> closeListener();
            case BIND_LISTENER -> listener.bind(any) == listener;
            case LISTENER_STATE -> "open " + listener.isOpen() + ", blocking " + listener.isBlocking() + ", address "
                + (listener.getLocalAddress() != null) + ", adaptor bound " + listener.socket().isBound() + ", closed "
                + listener.socket().isClosed();
            case LISTENER_SELECT -> select(listener, waiting);
        };
    }

    private static ByteBuffer[] vector(int size) {
        return new ByteBuffer[] {
            ByteBuffer.allocate(size / 3), ByteBuffer.allocate(0), ByteBuffer.allocateDirect(size - size / 3)
        };
    }

    private Channel other(End end) {
        Channel other = ends.get(end == End.CLIENT ? End.SERVER : End.CLIENT);
        return other == null ? new Channel(null) : other; // what happens to one that is not accepted is not known
    }

    private Object connect(Channel channel) throws IOException {
        if (channel.socket.isOpen() && !channel.socket.isConnected() && ends.size() > 1)
            return Outcome.LEFT_OUT;
        boolean connected = channel.socket.connect(address);
        while (!connected)
            connected = channel.socket.finishConnect(); // when it is connected depends on the family
        waiting = true;
        return "connected";
    }

    private Object accept() throws Exception {
        SocketChannel accepted = waiting ? Outcome.await(listener::accept) : listener.accept();
        if (accepted == null)
            return "none";
        waiting = false;
        Channel channel = new Channel(accepted);
        ends.put(End.SERVER, channel);
        return "accepted, " + state(accepted);
    }

    private Object closeListener() throws IOException {
        if (waiting)
            return Outcome.LEFT_OUT; // when the client hears of it depends on the family
        listener.close();
        port.keep(address);
        return "closed";
    }

    private interface Reading {
        int read(int size) throws IOException;
    }

    /** Reads all that must be there, which may take several reads, or finds that nothing is. */
    private Object read(Channel channel, int size, Reading reading) throws Exception {
        boolean something = channel.unread > 0 || channel.inputEnds || channel.inputShut;
        SocketChannel socket = channel.socket;
        boolean mayWait = socket.isOpen() && socket.isConnected() && !something && size > 0;
        if (mayWait && (socket.isBlocking() || waiting))
            return Outcome.LEFT_OUT;
        if (!something || size == 0 || !socket.isOpen())
            return reading.read(size);
        int expected = Math.min(size, channel.unread);
        int total = 0;
        do {
            int left = size - total;
            int n = Outcome.await(() -> {
                int once = reading.read(left);
                return once == 0 ? null : once;
            });
            if (n < 0)
                return total == 0 ? n : total;
            total += n;
            channel.unread -= n;
        } while (total < expected);
        return total;
    }

    private Object write(Operation operation, Callable<Integer> write) throws Exception {
        Channel channel = ends.get(operation.end());
        Channel other = other(operation.end());
        boolean connected = channel.socket.isOpen() && channel.socket.isConnected();
        if (connected && (waiting || channel.peerClosed || other.inputShut || other.unread > MOST_UNREAD))
            return Outcome.LEFT_OUT; // when a peer hears of its reader's end depends on the family
        int n = write.call();
        if (connected)
            other.unread += n;
        return n;
    }

    private Object close(End end, Closing closing) throws Exception {
        Channel channel = ends.get(end);
        boolean connected = channel.socket.isOpen() && channel.socket.isConnected();
        if (connected && waiting)
            return Outcome.LEFT_OUT;
        Channel other = other(end);
        if (connected) {
            awaitArrival(channel);
            awaitArrival(other);
        }
        closing.close();
        other.inputEnds |= connected;
        other.peerClosed |= connected;
        return "closed";
    }

    /**
     * Waits until the bytes that were written to a channel are in its socket. TCP may keep small writes for the time of
     * an acknowledgement, and a close with unread bytes, which is a reset, loses what it keeps. Vsock keeps nothing.
     */
    private void awaitArrival(Channel channel) throws Exception {
        boolean readable = channel.socket.isOpen() && !channel.inputShut;
        if (readable && channel.unread > 0 && !(address instanceof VsockSocketAddress)) {
            InputStream input = channel.socket.socket().getInputStream();
            Outcome.await(() -> input.available() < channel.unread ? null : "arrived");
        }
    }

    private interface Closing {
        void close() throws IOException;
    }

    private static Object select(SelectableChannel channel, boolean readable) throws Exception {
        try (Selector selector = Selector.open()) {
            SelectionKey key = channel.register(selector, channel.validOps());
            int expected = channel instanceof SocketChannel ? SelectionKey.OP_READ : SelectionKey.OP_ACCEPT;
            selector.selectNow();
            if (readable)
                Outcome.await(() -> {
                    selector.selectNow();
                    return (key.readyOps() & expected) == 0 ? null : "ready";
                });
            return "ready " + key.readyOps();
        }
    }

    private static String state(SocketChannel channel) throws IOException {
        String addresses;
        try {
            addresses = "local " + (channel.getLocalAddress() != null) + ", remote "
                + (channel.getRemoteAddress() != null);
        } catch (IOException e) {
            addresses = e.getClass().getSimpleName();
        }
        return "open " + channel.isOpen() + ", connected " + channel.isConnected() + ", pending "
            + channel.isConnectionPending() + ", blocking " + channel.isBlocking() + ", registered "
            + channel.isRegistered() + ", " + addresses;
    }

    private String state(Socket socket) {
        boolean vsock = address instanceof VsockSocketAddress;
        return "bound " + socket.isBound() + ", connected " + socket.isConnected() + ", closed " + socket.isClosed()
            + ", input shut " + socket.isInputShutdown() + ", output shut " + socket.isOutputShutdown() + ", port "
            + Outcome.isPort(socket.getPort(), vsock ? socket.getRemoteSocketAddress() : null) + ", local port "
            + Outcome.isPort(socket.getLocalPort(), vsock ? socket.getLocalSocketAddress() : null) + ", channel "
            + (socket.getChannel() != null);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        port.close();
        for (Channel channel : ends.values())
            channel.socket.close();
    }
}
