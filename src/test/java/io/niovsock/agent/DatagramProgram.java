// SPDX-License-Identifier: Apache-2.0
package io.niovsock.agent;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Background;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.DatagramSocketImpl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;

/** Programs of {@link AgentDatagramTest}, each in a JVM of its own. */
final class DatagramProgram {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private DatagramProgram() { }

    public static void main(String[] arguments) throws Exception {
        DatagramProgram.class.getDeclaredMethod(arguments[0]).invoke(null);
        System.out.println("done");
    }

    private interface Act {
        void run() throws Exception;
    }

    private static void tell(String what, Callable<?> call) {
        try {
            System.out.println(what + ": " + call.call());
        } catch (Exception e) {
            System.out.println(what + ": " + e.getClass().getName() + ": " + e.getMessage());
        }
    }

    private static void tried(String what, Act act) {
        tell(what, () -> {
            act.run();
            return "returns";
        });
    }

    private static DatagramPacket packet(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new DatagramPacket(bytes, bytes.length);
    }

    private static DatagramPacket packet(String text, SocketAddress to) {
        DatagramPacket packet = packet(text);
        packet.setSocketAddress(to);
        return packet;
    }

    private static String received(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        socket.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8) + " from "
            + packet.getAddress();
    }

    private static void tellState(String what, DatagramSocket socket) {
        tell(what + " bound", socket::isBound);
        tell(what + " connected", socket::isConnected);
        tell(what + " closed", socket::isClosed);
        tell(what + " local", socket::getLocalAddress);
        tell(what + " has port", () -> socket.getLocalPort() > 0);
        tell(what + " peer", socket::getInetAddress);
        tell(what + " remote", socket::getRemoteSocketAddress);
        tell(what + " channel", socket::getChannel);
        tell(what + " broadcast", socket::getBroadcast);
        tell(what + " reuse", socket::getReuseAddress);
        tell(what + " timeout", socket::getSoTimeout);
        tell(what + " traffic class", socket::getTrafficClass);
        tell(what + " send buffer", socket::getSendBufferSize);
        tell(what + " ttl option", () -> socket.getOption(StandardSocketOptions.IP_MULTICAST_TTL));
    }

    /** UDP, as a program uses it. */
    static void udp() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, LOOPBACK); DatagramSocket client = new DatagramSocket()) {
            server.setSoTimeout(60_000);
            tellState("server", server);
            tellState("client", client);
            tried("send", () -> client.send(packet("one", server.getLocalSocketAddress())));
            tell("receive", () -> received(server));
            tried("bind again", () -> client.bind(new InetSocketAddress(LOOPBACK, 0)));
            tried("send to nobody", () -> client.send(packet("x")));
            tried("connect to null", () -> client.connect(null));
            tried("connect to port 70000", () -> client.connect(LOOPBACK, 70_000));
            tried("timeout of -1", () -> client.setSoTimeout(-1));
            tried("buffer of 0", () -> client.setSendBufferSize(0));
            tried("unresolved", () -> client.connect(InetSocketAddress.createUnresolved("nowhere.invalid", 1)));
            tried("set broadcast", () -> client.setBroadcast(false));
            tried("connect", () -> client.connect(server.getLocalSocketAddress()));
            tell("connected", client::isConnected);
            tried("send connected", () -> client.send(packet("two")));
            tell("receive", () -> received(server));
            tried("send elsewhere", () -> client.send(packet("x", new InetSocketAddress(LOOPBACK, 1))));
            tried("disconnect", client::disconnect);
            tell("connected", client::isConnected);
            client.setSoTimeout(1);
            tried("receive too long", () -> received(client));
            tried("truncated", () -> {
                client.send(packet("three", server.getLocalSocketAddress()));
                DatagramPacket small = new DatagramPacket(new byte[2], 2);
                server.receive(small);
                System.out.println(small.getLength());
            });
            client.close();
            tellState("closed", client);
            tried("send closed", () -> client.send(packet("x", server.getLocalSocketAddress())));
            tried("receive closed", () -> received(client));
        }
        unbound();
        multicast();
    }

    private static void unbound() throws Exception {
        class Own extends DatagramSocket {
            Own() throws IOException {
                super((SocketAddress) null);
            }
        }
        try (DatagramSocket socket = new Own()) {
            tellState("unbound", socket);
            tried("bind", () -> socket.bind(new InetSocketAddress(LOOPBACK, 0)));
            tell("local", socket::getLocalAddress);
        }
        tried("wrong address", () -> new DatagramSocket(new SocketAddress() { }).close());
        try (DatagramSocket first = new DatagramSocket(0, LOOPBACK)) {
            tried("same port", () -> new DatagramSocket(first.getLocalPort(), LOOPBACK).close());
        }
    }

    private static void multicast() throws Exception {
        InetAddress group = InetAddress.getByName("239.1.2.3");
        try (MulticastSocket socket = new MulticastSocket(0)) {
            tellState("multicast", socket);
            tell("time to live", socket::getTimeToLive);
            tried("set time to live", () -> socket.setTimeToLive(300));
            tell("network interface", () -> socket.getNetworkInterface() != null);
            tried("leave", () -> socket.leaveGroup(new InetSocketAddress(group, 0), NetworkInterface.getByName("lo")));
            tried("join", () -> socket.joinGroup(new InetSocketAddress(LOOPBACK, 0), null));
        }
    }

    /** A thread waits; an interrupt leaves it there, and a close ends it. */
    static void interruptAndClose() throws Exception {
        DatagramSocket[] sockets = { new DatagramSocket(0, LOOPBACK),
            new DatagramSocket(VsockSocketAddress.local(VsockSocketAddress.PORT_ANY)) };
        for (DatagramSocket socket : sockets) {
            try (Background<String> waiting = Background.start(() -> {
                Thread.currentThread().interrupt();
                return received(socket);
            })) {
                waiting.awaitBlocked();
                System.out.println("waits " + !socket.isClosed());
                socket.close();
                System.out.println(waiting.failure());
            }
        }
    }

    /** By the addresses of a rule, which the packets have. */
    static void byRule() throws Exception {
        InetSocketAddress place = new InetSocketAddress(LOOPBACK, 7500);
        try (DatagramSocket server = new DatagramSocket(place); DatagramSocket client = new DatagramSocket();
             MulticastSocket other = new MulticastSocket(null)) {
            System.out.println(Vsock.explain(place));
            server.setSoTimeout(60_000);
            System.out.println("at " + server.getLocalSocketAddress());
            client.send(packet("by rule", place));
            DatagramPacket request = new DatagramPacket(new byte[100], 100);
            server.receive(request);
            System.out.println(request.getLength() + " from " + request.getAddress() + ' '
                + (request.getPort() == client.getLocalPort()));
            server.send(packet("answer", request.getSocketAddress()));
            client.setSoTimeout(60_000);
            System.out.println(received(client));
            tried("ttl", () -> other.setTimeToLive(3));
            tried("loopback", () -> turnLoopbackOff(other));
            other.connect(place);
            other.send(packet("of a multicast socket"));
            System.out.println(received(server));
            System.out.println("time to live " + other.getTimeToLive() + ", loopback off " + isLoopbackOff(other));
            try (MulticastSocket third = new MulticastSocket()) {
                sendWithTtl(third, packet("with a time to live", place));
                System.out.println(received(server));
            }
            tried("join", () -> other.joinGroup(new InetSocketAddress("239.1.2.3", 0), null));
        }
    }

    /** A server at the wildcard, whose clients know its loopback address: one is connected, one compares. */
    static void atTheWildcard() throws Exception {
        int port;
        try (DatagramSocket free = new DatagramSocket(0, LOOPBACK)) {
            port = free.getLocalPort();
        }
        InetSocketAddress place = new InetSocketAddress(InetAddress.getByAddress(LOOPBACK.getAddress()), port);
        try (DatagramSocket server = new DatagramSocket(port); DatagramSocket connected = new DatagramSocket();
             DatagramSocket unconnected = new DatagramSocket()) {
            server.setSoTimeout(60_000);
            connected.connect(place);
            for (DatagramSocket client : new DatagramSocket[] { connected, unconnected }) {
                client.setSoTimeout(60_000);
                client.send(client == connected ? packet("request") : packet("request", place));
                DatagramPacket request = new DatagramPacket(new byte[100], 100);
                server.receive(request);
                System.out.println("from " + request.getAddress());
                server.send(packet("answer", request.getSocketAddress()));
                System.out.println(received(client));
            }
            System.out.println("at the wildcard " + unconnected.getLocalAddress().isAnyLocalAddress());
        }
    }

    @SuppressWarnings("deprecation")
    private static void turnLoopbackOff(MulticastSocket socket) throws SocketException {
        socket.setLoopbackMode(true);
    }

    @SuppressWarnings("deprecation")
    private static boolean isLoopbackOff(MulticastSocket socket) throws SocketException {
        return socket.getLoopbackMode();
    }

    /** JDK 27 does not have the method. */
    private static void sendWithTtl(MulticastSocket socket, DatagramPacket packet) throws Exception {
        try {
            MulticastSocket.class.getMethod("send", DatagramPacket.class, byte.class).invoke(socket, packet, (byte) 1);
        } catch (NoSuchMethodException e) {
            socket.send(packet);
        } catch (InvocationTargetException e) {
            throw (Exception) e.getCause();
        }
    }

    /** By vsock-mapped addresses, as a program has them in its configuration. */
    static void byMappedAddress() throws Exception {
        try (DatagramSocket server = new DatagramSocket(VsockSocketAddress.local(7501));
             DatagramSocket client = new DatagramSocket()) {
            server.setSoTimeout(60_000);
            System.out.println("at " + server.getLocalSocketAddress());
            client.send(packet("mapped", new InetSocketAddress("ff11:76:736f:636b::1", 7501)));
            System.out.println(received(server));
        }
    }

    /** A packet has no room for the class of an address, so without a rule it must not become vsock. */
    static void unasked() throws Exception {
        try (DatagramSocket client = new DatagramSocket()) {
            tried("send", () -> client.send(packet("x", VsockSocketAddress.local(7502))));
        }
    }

    /** A factory that the program has set comes first. */
    @SuppressWarnings("deprecation")
    static void ownFactory() throws Exception {
        DatagramSocket.setDatagramSocketImplFactory(() -> {
            throw new UnsupportedOperationException("the program's factory");
        });
        tried("open", () -> new DatagramSocket().close());
    }

    /** The old way of a program that has an implementation of its own. */
    static void ownImplementation() throws Exception {
        class Own extends DatagramSocketImpl {
            @Override
            protected void create() { }

            @Override
            protected void bind(int port, InetAddress local) { }

            @Override
            protected void send(DatagramPacket packet) {
                System.out.println("sends " + packet.getLength());
            }

            @Override
            protected int peek(InetAddress sender) {
                return 0;
            }

            @Override
            protected int peekData(DatagramPacket packet) {
                return 0;
            }

            @Override
            protected void receive(DatagramPacket packet) { }

            @Override
            @SuppressWarnings({"deprecation", "removal"})
            protected void setTTL(byte ttl) { }

            @Override
            @SuppressWarnings({"deprecation", "removal"})
            protected byte getTTL() {
                return 0;
            }

            @Override
            protected void setTimeToLive(int ttl) { }

            @Override
            protected int getTimeToLive() {
                return 0;
            }

            @Override
            protected void join(InetAddress group) { }

            @Override
            protected void leave(InetAddress group) { }

            @Override
            protected void joinGroup(SocketAddress group, NetworkInterface by) { }

            @Override
            protected void leaveGroup(SocketAddress group, NetworkInterface by) { }

            @Override
            protected void close() { }

            @Override
            public void setOption(int option, Object value) { }

            @Override
            public Object getOption(int option) {
                return null;
            }
        }
        class Socket extends DatagramSocket {
            Socket() {
                super(new Own());
            }
        }
        try (DatagramSocket socket = new Socket()) {
            socket.send(packet("four", new InetSocketAddress(LOOPBACK, 9)));
        }
    }
}
