// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.List;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/**
 * A server socket, a socket that may connect to it, and the socket that may be accepted: of one family, which the
 * address chooses. As {@link Connection}, this knows which bytes are on the way.
 */
final class SocketConnection implements AutoCloseable {
    private static final int MOST_UNREAD = 20_000; // less than any socket's buffer
    private static final int LONGEST = 5000; // bytes of a read or a write
    private static final int BUFFER = 1 << 16; // bytes
    private static final int LONG = 60_000; // milliseconds

    private final SocketAddress any;
    private final boolean vsock;
    private final ServerSocket listener;
    private final KeptPort port = new KeptPort();
    private final End client;
    private End server; // null: not accepted
    private SocketAddress address; // of the listener; null: not bound yet
    private boolean waiting; // connected, not accepted
    private boolean tcp; // by a listener at null, which is TCP for each family

    /** A socket, and what the model knows of it. */
    private static final class End {
        final Socket socket;
        int unread; // bytes that the other end has written
        boolean inputEnds; // the other end sends no more
        boolean peerClosed;
        boolean reset; // TCP may have reset it
        boolean lingersNot; // a close resets TCP

        End(Socket socket) {
            this.socket = socket;
        }

        boolean isOpen() {
            return !socket.isClosed() && socket.isConnected();
        }

        /** Whether a read does not wait. */
        boolean isReadable() {
            return unread > 0 || inputEnds || socket.isInputShutdown();
        }
    }

    /**
     * @param any an address to bind to, with a port of the system's choice
     * @param vsock whether it is an address of vsock
     */
    SocketConnection(SocketFactory sockets, ServerSocketFactory listeners, SocketAddress any, boolean vsock)
            throws IOException {
        this.any = any;
        this.vsock = vsock;
        listener = listeners.createServerSocket();
        client = new End(sockets.createSocket());
    }

    /** Performs an operation, and tells its outcome: what it returns, or its exception. */
    String perform(SocketOperation operation) {
        if (operation.isOfListener())
            return Outcome.withMessage(() -> performOnListener(operation));
        End end = operation.server() ? server : client;
        return end == null ? Outcome.LEFT_OUT : Outcome.withMessage(() -> perform(operation, end));
    }

    private Object perform(SocketOperation operation, End end) throws Exception {
        Socket socket = end.socket;
        int value = operation.value();
        if (end.reset && !isPossibleAfterReset(operation.kind()))
            return Outcome.LEFT_OUT;
        return switch (operation.kind()) {
            case CONNECT -> connect(end, 0);
            case CONNECT_WITHIN -> connect(end, value > 0 ? LONG : value);
            case CONNECT_NULL -> Outcome.done(() -> socket.connect(null, value));
            case CONNECT_UNRESOLVED -> Outcome.done(() -> socket.connect(WrongAddresses.UNRESOLVED));
            case CONNECT_OTHER_TYPE -> Outcome.done(() -> socket.connect(WrongAddresses.OF_OTHER_TYPE));
            case BIND -> tcp ? Outcome.LEFT_OUT : Outcome.done(() -> socket.bind(any));
            case BIND_TAKEN -> listener.isBound() && !listener.isClosed() ? Outcome.done(() -> socket.bind(address))
                : Outcome.LEFT_OUT;
            case BIND_NULL -> Outcome.done(() -> socket.bind(null));
            case BIND_UNRESOLVED -> Outcome.done(() -> socket.bind(WrongAddresses.UNRESOLVED));
            case BIND_OTHER_TYPE -> Outcome.done(() -> socket.bind(WrongAddresses.OF_OTHER_TYPE));
            case READ -> read(end, Math.min(value, LONGEST));
            case READ_BYTE -> readByte(end);
            case READ_IN_TIME -> readInTime(end);
            case SKIP -> skip(end, Math.min(value, LONGEST));
            case AVAILABLE -> available(end);
            case WRITE -> write(end, Math.min(value, LONGEST), () ->
                socket.getOutputStream().write(new byte[LONGEST], 0, Math.min(value, LONGEST)));
            case WRITE_BYTE -> write(end, 1, () -> socket.getOutputStream().write(value));
            case WRITE_URGENT -> end.isOpen() && (tcp || !vsock)
                ? Outcome.LEFT_OUT // what TCP's reader gets of it depends on the time
                : Outcome.done(() -> socket.sendUrgentData(value));
            case SHUT_INPUT -> Outcome.done(socket::shutdownInput);
            case SHUT_OUTPUT -> {
                socket.shutdownOutput();
                other(end).inputEnds = true;
                yield "done";
            }
            case CLOSE -> close(end, socket::close);
            case CLOSE_INPUT -> close(end, () -> socket.getInputStream().close());
            case CLOSE_OUTPUT -> close(end, () -> socket.getOutputStream().close());
            case TIMEOUT -> {
                socket.setSoTimeout(value > 0 ? LONG : value);
                yield socket.getSoTimeout();
            }
            case LINGER -> {
                socket.setSoLinger(value != -2, value);
                end.lingersNot = value == 0;
                yield socket.getSoLinger();
            }
            case NO_DELAY -> {
                socket.setTcpNoDelay(value > 0);
                yield socket.getTcpNoDelay();
            }
            case KEEP_ALIVE -> {
                socket.setKeepAlive(value > 0);
                yield socket.getKeepAlive();
            }
            case REUSE_ADDRESS -> {
                socket.setReuseAddress(value > 0);
                boolean on = socket.getReuseAddress();
                if (end == server)
                    socket.setReuseAddress(true); // or else the port cannot be kept
                yield on;
            }
            case URGENT_INLINE -> {
                socket.setOOBInline(value > 0);
                yield socket.getOOBInline();
            }
            case TRAFFIC_CLASS -> {
                socket.setTrafficClass(value);
                yield socket.getTrafficClass();
            }
            case RECEIVE_BUFFER -> {
                socket.setReceiveBufferSize(value > 0 ? BUFFER : value);
                yield socket.getReceiveBufferSize() >= BUFFER;
            }
            case SEND_BUFFER -> {
                socket.setSendBufferSize(value > 0 ? BUFFER : value);
                yield socket.getSendBufferSize() >= BUFFER;
            }
            case OPTION -> option(socket, value);
            case OPTION_NULL -> socket.setOption(StandardSocketOptions.SO_KEEPALIVE, null) == socket;
            case OPTION_OF_DATAGRAMS -> socket.setOption(StandardSocketOptions.SO_BROADCAST, true) == socket;
            case STATE -> state(socket);
            default -> throw new AssertionError(operation);
        };
    }

    /** What TCP does after a reset depends on the time. It reads what came before, and its state does not change. */
    private static boolean isPossibleAfterReset(SocketOperation.Kind kind) {
        return switch (kind) {
            case READ, STATE, CLOSE -> true;
            default -> false;
        };
    }

    private Object performOnListener(SocketOperation operation) throws Exception {
        int value = operation.value();
        return switch (operation.kind()) {
            case ACCEPT -> accept();
            case BIND_LISTENER -> {
                listener.bind(any, value);
                address = listener.getLocalSocketAddress();
                yield "done";
            }
            case BIND_LISTENER_NULL -> {
                if (client.socket.isBound())
                    yield Outcome.LEFT_OUT; // it may be vsock
                listener.bind(null, value);
                address = listener.getLocalSocketAddress();
                tcp = true;
                yield "done";
            }
            case BIND_LISTENER_TAKEN -> listener.isBound() ? Outcome.done(() -> listener.bind(address))
                : Outcome.LEFT_OUT;
            case BIND_LISTENER_UNRESOLVED -> Outcome.done(() -> listener.bind(WrongAddresses.UNRESOLVED));
            case CLOSE_LISTENER -> {
                if (waiting)
                    yield Outcome.LEFT_OUT; // when the client hears of it depends on the family
                listener.close();
                if (address != null)
                    port.keep(address);
                yield "done";
            }
            case LISTENER_TIMEOUT -> {
                listener.setSoTimeout(value > 0 ? LONG : value);
                yield listener.getSoTimeout();
            }
            case LISTENER_REUSE_ADDRESS -> {
                listener.setReuseAddress(value > 0);
                boolean on = listener.getReuseAddress();
                listener.setReuseAddress(true); // for the accepted sockets, too
                yield on;
            }
            case LISTENER_RECEIVE_BUFFER -> {
                listener.setReceiveBufferSize(value > 0 ? BUFFER : value);
                yield listener.getReceiveBufferSize() >= BUFFER;
            }
            case LISTENER_OPTION_OF_CONNECTIONS ->
                listener.setOption(StandardSocketOptions.TCP_NODELAY, true) == listener;
            case LISTENER_STATE -> listenerState();
            default -> throw new AssertionError(operation);
        };
    }

    private End other(End end) {
        End other = end == client ? server : client;
        return other == null ? new End(end.socket) : other; // what happens to one that is not accepted is not known
    }

    private Object connect(End end, int timeoutMillis) throws IOException {
        if (address == null && !end.socket.isClosed() && timeoutMillis >= 0)
            return Outcome.LEFT_OUT;
        end.socket.connect(address, timeoutMillis);
        waiting = true;
        return "connected";
    }

    /** Accepts what waits, or else finds that nothing does. */
    private Object accept() throws IOException {
        int timeout = listener.isClosed() ? 0 : listener.getSoTimeout();
        if (!waiting && !listener.isClosed())
            listener.setSoTimeout(1);
        try {
            End accepted = new End(listener.accept());
            server = accepted;
            waiting = false;
            return "accepted, " + state(accepted.socket);
        } finally {
            if (!listener.isClosed())
                listener.setSoTimeout(timeout);
        }
    }

    private boolean wouldWait(End end) {
        return end.isOpen() && !end.isReadable();
    }

    /** Reads all that must be there, which may take several reads. */
    private Object read(End end, int size) throws IOException {
        if (size > 0 && wouldWait(end))
            return Outcome.LEFT_OUT;
        int expected = end.isOpen() && !end.socket.isInputShutdown() ? Math.min(size, end.unread) : 0;
        int total = 0;
        do {
            int n = end.socket.getInputStream().read(new byte[LONGEST], 0, size - total);
            if (n < 0)
                return total == 0 ? n : total;
            total += n;
            end.unread -= n;
        } while (total < expected);
        return total;
    }

    private Object readByte(End end) throws IOException {
        if (wouldWait(end))
            return Outcome.LEFT_OUT;
        int b = end.socket.getInputStream().read();
        if (b >= 0)
            end.unread--;
        return b;
    }

    /** Finds that there is nothing to read. */
    private Object readInTime(End end) throws IOException {
        if (!wouldWait(end))
            return Outcome.LEFT_OUT;
        int timeout = end.socket.getSoTimeout();
        end.socket.setSoTimeout(1);
        try {
            return end.socket.getInputStream().read();
        } finally {
            end.socket.setSoTimeout(timeout);
        }
    }

    private Object skip(End end, int size) throws IOException {
        if (end.isOpen() && size > end.unread && !end.inputEnds && !end.socket.isInputShutdown())
            return Outcome.LEFT_OUT;
        long skipped = end.socket.getInputStream().skip(size);
        end.unread -= (int) skipped;
        return skipped;
    }

    private Object available(End end) throws Exception {
        if (end.isOpen() && !end.socket.isInputShutdown())
            return Outcome.await(() -> {
                int n = end.socket.getInputStream().available();
                return n < end.unread ? null : n;
            });
        return end.socket.getInputStream().available();
    }

    private Object write(End end, int size, Outcome.Action write) throws IOException {
        End other = other(end);
        boolean connected = end.isOpen();
        if (connected
            && (waiting || end.peerClosed || other.socket.isInputShutdown() || other.unread > MOST_UNREAD))
            return Outcome.LEFT_OUT; // when a peer hears of its reader's end depends on the family
        write.run();
        if (connected)
            other.unread += size;
        return "done";
    }

    private Object close(End end, Outcome.Action closing) throws Exception {
        boolean connected = end.isOpen();
        if (connected && waiting)
            return Outcome.LEFT_OUT;
        End other = other(end);
        if (connected) {
            awaitArrival(end);
            awaitArrival(other);
        }
        closing.run();
        if (connected) {
            other.inputEnds = true;
            other.peerClosed = true;
            other.reset |= end.unread > 0 || end.lingersNot;
        }
        return "done";
    }

    /** As in {@link Connection}: TCP may keep small writes, and a reset loses what it keeps. */
    private void awaitArrival(End end) throws Exception {
        if (end.isOpen() && !end.socket.isInputShutdown() && !end.reset && end.unread > 0
            && !(any instanceof VsockSocketAddress))
            available(end);
    }

    private static Object option(Socket socket, int value) throws IOException {
        List<SocketOption<Integer>> options = List.of(StandardSocketOptions.SO_LINGER, StandardSocketOptions.IP_TOS,
            StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_SNDBUF);
        SocketOption<Integer> option = options.get(Math.floorMod(value, options.size()));
        return option + " " + socket.setOption(option, value < 0 ? value : BUFFER).getOption(option);
    }

    private String state(Socket socket) throws IOException {
        SocketAddress local = socket.getLocalSocketAddress();
        SocketAddress remote = socket.getRemoteSocketAddress();
        return "bound " + socket.isBound() + ", connected " + socket.isConnected() + ", closed " + socket.isClosed()
            + ", input shut " + socket.isInputShutdown() + ", output shut " + socket.isOutputShutdown()
            + ", port " + portOf(socket.getPort(), remote) + " at " + kindOf(socket.getInetAddress()) + ", "
            + kindOf(remote) + ", local port " + portOf(socket.getLocalPort(), local) + " at "
            + kindOf(socket.getLocalAddress()) + ", " + kindOf(local) + ", channel " + socket.getChannel()
            + ", text " + socket.toString().startsWith("Socket[addr=");
    }

    private String listenerState() {
        SocketAddress local = listener.getLocalSocketAddress();
        return "bound " + listener.isBound() + ", closed " + listener.isClosed() + ", port "
            + portOf(listener.getLocalPort(), local) + " at " + kindOf(listener.getInetAddress()) + ", "
            + kindOf(local) + ", channel " + listener.getChannel() + ", text "
            + listener.toString().startsWith("ServerSocket[addr=");
    }

    private static Object portOf(int port, SocketAddress address) {
        return Outcome.isPort(port, address) ? "some" : port;
    }

    private static String kindOf(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? kindOf(inet.getAddress()) : "no address";
    }

    private static String kindOf(InetAddress address) {
        return address == null ? "none" : address.isAnyLocalAddress() ? "any" : "one";
    }

    @Override
    public void close() throws IOException {
        listener.close();
        port.close();
        client.socket.close();
        if (server != null)
            server.socket.close();
    }
}
