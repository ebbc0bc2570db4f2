// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Two {@code DatagramSocket}s of one family, which the addresses choose. As {@link DatagramPair}, this knows which
 * datagrams are on the way.
 */
final class DatagramSockets implements AutoCloseable {
    private static final int MOST_WAITING = 5;
    private static final int BUFFER = 1 << 16; // bytes
    private static final int LONG = 60_000; // milliseconds

    private final SocketAddress any;
    private final End[] ends;

    private static final class End {
        final DatagramSocket socket = new DatagramSocket(null);
        final Deque<Integer> waiting = new ArrayDeque<>(); // sizes of datagrams that were sent to it
        boolean bound; // by the program

        End() throws SocketException { }

        /** Where the other one reaches it; null: nowhere. */
        SocketAddress addressOrNull() {
            return bound ? socket.getLocalSocketAddress() : null; // of a closed one null
        }
    }

    /**
     * @param any an address to bind to, with a port of the system's choice
     */
    DatagramSockets(SocketAddress any) throws SocketException {
        this.any = any;
        this.ends = new End[] {new End(), new End()};
    }

    String perform(DatagramSocketOperation operation) {
        return Outcome.withMessage(() -> perform(operation, ends[operation.socket()], ends[1 - operation.socket()]));
    }

    private Object perform(DatagramSocketOperation operation, End end, End other) throws Exception {
        DatagramSocket socket = end.socket;
        int value = operation.value();
        return switch (operation.kind()) {
            case SEND -> send(value, end, other, null);
            case SEND_TO -> send(value, end, other, other.addressOrNull());
            case SEND_NULL -> Outcome.done(() -> socket.send(null));
            case RECEIVE -> receive(value, end);
            case RECEIVE_IN_TIME -> receiveInTime(end);
            case BIND -> {
                socket.bind(any);
                end.bound = true;
                yield "bound";
            }
            case BIND_UNRESOLVED -> Outcome.done(() -> socket.bind(WrongAddresses.UNRESOLVED));
            case BIND_OTHER_TYPE -> Outcome.done(() -> socket.bind(WrongAddresses.OF_OTHER_TYPE));
            case CONNECT -> {
                SocketAddress address = other.addressOrNull();
                if (address == null || !end.waiting.isEmpty())
                    yield Outcome.LEFT_OUT; // a connect may discard what has been received before
                yield Outcome.done(() -> socket.connect(address));
            }
            case CONNECT_NULL -> Outcome.done(() -> socket.connect(null));
            case CONNECT_UNRESOLVED -> Outcome.done(() -> socket.connect(WrongAddresses.UNRESOLVED));
            case CONNECT_OTHER_TYPE -> Outcome.done(() -> socket.connect(WrongAddresses.OF_OTHER_TYPE));
            case DISCONNECT -> socket.isConnected() && !end.bound ? Outcome.LEFT_OUT // a failure in the JDK, with -esa
                : Outcome.done(socket::disconnect);
            case CLOSE -> Outcome.done(socket::close);
            case TIMEOUT -> {
                socket.setSoTimeout(value > 0 ? LONG : value);
                yield socket.getSoTimeout();
            }
            case BROADCAST -> {
                socket.setBroadcast(value > 0);
                yield socket.getBroadcast();
            }
            case REUSE_ADDRESS -> {
                socket.setReuseAddress(value > 0);
                yield socket.getReuseAddress();
            }
            case TRAFFIC_CLASS -> {
                socket.setTrafficClass(value);
                yield socket.getTrafficClass();
            }
            case SEND_BUFFER -> {
                socket.setSendBufferSize(value > 0 ? BUFFER : value);
                yield socket.getSendBufferSize() >= BUFFER;
            }
            case RECEIVE_BUFFER -> {
                socket.setReceiveBufferSize(value > 0 ? BUFFER : value);
                yield socket.getReceiveBufferSize() >= BUFFER;
            }
            case OPTION_NULL -> socket.setOption(StandardSocketOptions.SO_BROADCAST, null) == socket;
            case OPTION_OF_STREAMS -> socket.setOption(StandardSocketOptions.TCP_NODELAY, true) == socket;
            case STATE -> state(socket);
        };
    }

    /**
     * Sends a datagram, but not an empty one: on a connected socket the JDK sends none.
     *
     * @param addressOrNull null: to where the socket is connected
     */
    private static Object send(int size, End end, End other, SocketAddress addressOrNull) throws IOException {
        boolean reaches = other.addressOrNull() != null && (addressOrNull != null || end.socket.isConnected());
        if (size < 1 || !end.socket.isClosed() && !reaches || other.waiting.size() >= MOST_WAITING)
            return Outcome.LEFT_OUT;
        DatagramPacket packet = new DatagramPacket(new byte[size], size);
        if (addressOrNull != null)
            packet.setSocketAddress(addressOrNull);
        end.socket.send(packet);
        other.waiting.add(size);
        return "sent";
    }

    private static Object receive(int size, End end) throws IOException {
        if (size < 0 || end.waiting.isEmpty() && !end.socket.isClosed())
            return Outcome.LEFT_OUT; // it would wait for ever
        DatagramPacket packet = new DatagramPacket(new byte[size], size);
        end.socket.receive(packet);
        end.waiting.remove();
        return packet.getLength() + " bytes, " + (packet.getAddress() != null);
    }

    /** Finds that nothing is there. */
    private static Object receiveInTime(End end) throws IOException {
        if (end.socket.isClosed() || !end.bound || !end.waiting.isEmpty())
            return Outcome.LEFT_OUT; // unbound, it would become UDP
        int timeout = end.socket.getSoTimeout();
        end.socket.setSoTimeout(1);
        try {
            end.socket.receive(new DatagramPacket(new byte[1], 1));
            return "received";
        } finally {
            end.socket.setSoTimeout(timeout);
        }
    }

    private static String state(DatagramSocket socket) {
        return "bound " + socket.isBound() + ", connected " + socket.isConnected() + ", closed " + socket.isClosed()
            + ", port " + portOf(socket.getPort())
            + ", at " + (socket.getInetAddress() != null)
            + ", local port " + portOf(socket.getLocalPort())
            + ", at " + (socket.getLocalAddress() != null)
            + ", channel " + socket.getChannel() + ", remote " + (socket.getRemoteSocketAddress() != null)
            + ", local " + (socket.getLocalSocketAddress() != null);
    }

    private static Object portOf(int port) {
        return port > 0 ? "some" : port;
    }

    @Override
    public void close() {
        for (End end : ends)
            end.socket.close();
    }
}
