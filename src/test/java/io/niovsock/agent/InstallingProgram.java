// SPDX-License-Identifier: Apache-2.0
package io.niovsock.agent;

import com.sun.net.httpserver.HttpServer;
import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketImplFactory;
import io.niovsock.testkit.Payload;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketImplFactory;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;

/** Programs of {@link InstallingTest}, each in a JVM of its own: a factory is set once. */
final class InstallingProgram {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private InstallingProgram() { }

    public static void main(String[] arguments) throws Exception {
        InstallingProgram.class.getDeclaredMethod(arguments[0]).invoke(null);
        System.out.println("done");
    }

    private static SocketAddress[] places() {
        return new SocketAddress[] { new InetSocketAddress(LOOPBACK, 0),
            VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 0) };
    }

    /** The address as ServerSocket passes it on: without its type. */
    private static SocketAddress addressOf(ServerSocket server) {
        InetSocketAddress local = (InetSocketAddress) server.getLocalSocketAddress();
        return VsockSocketAddress.isMapped(local) ? VsockSocketAddress.ofMapped(local) : local;
    }

    static void talk() throws Exception {
        for (SocketAddress place : places()) {
            try (ServerSocket server = new ServerSocket()) {
                server.bind(place);
                try (Socket client = new Socket()) {
                    client.connect(addressOf(server), 5000);
                    try (Socket peer = server.accept()) {
                        byte[] payload = Payload.random(3, 1 << 16);
                        client.getOutputStream().write(payload);
                        client.shutdownOutput();
                        InputStream in = peer.getInputStream();
                        System.out.println(place.getClass().getSimpleName() + " "
                            + Payload.digest(payload).equals(Payload.digest(in.readAllBytes())) + " "
                            + peer.getRemoteSocketAddress()
                            .equals(new InetSocketAddress(client.getLocalAddress(), client.getLocalPort())));
                    }
                }
            }
        }
    }

    static void installAndTalk() throws Exception {
        VsockSocketImplFactory.install();
        VsockSocketImplFactory.install();
        talk();
    }

    @SuppressWarnings("deprecation")
    static void setByHandAndTalk() throws Exception {
        Socket.setSocketImplFactory(new VsockSocketImplFactory());
        ServerSocket.setSocketFactory(new VsockSocketImplFactory());
        talk();
    }

    /** A host and a port, as from a configuration. */
    static void talkByHostAndPort() throws Exception {
        String host = InetAddress.getByAddress(VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 0).getAddress()
            .getAddress())
            .getHostAddress();
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName(host));
             Socket client = new Socket(host, server.getLocalPort());
             Socket peer = server.accept()) {
            System.out.println(host + " "
                + VsockSocketAddress.ofMapped((InetSocketAddress) client.getRemoteSocketAddress())
                .equals(addressOf(server)) + " " + peer.isConnected());
        }
    }

    /** The JDK's HTTP server uses channels; its URL connection uses sockets. */
    static void httpByUrl() throws Exception {
        InetAddress host = VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 0).getAddress();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(host.getAddress()), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = ("from vsock: " + VsockSocketAddress.isMapped(exchange.getRemoteAddress()))
                .getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try (InputStream in = URI.create("http://[" + host.getHostAddress() + "]:" + server.getAddress().getPort()
            + "/").toURL().openStream()) {
            System.out.println(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
        } finally {
            server.stop(0);
        }
    }

    static void earlierSocketStaysTcp() throws Exception {
        try (Socket earlier = new Socket(); ServerSocket earlierServer = new ServerSocket(0, 5, LOOPBACK)) {
            VsockSocketImplFactory.install();
            try (Socket client = new Socket(LOOPBACK, earlierServer.getLocalPort());
                 Socket peer = earlierServer.accept()) {
                System.out.println("an earlier server socket accepts " + peer.isConnected());
            }
            try {
                earlier.connect(VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 1), 2000);
                System.out.println("connected");
            } catch (IOException e) {
                System.out.println("an earlier socket throws " + e);
            }
        }
    }

    @SuppressWarnings("deprecation")
    static void anotherFactoryOfSockets() throws Exception {
        Socket.setSocketImplFactory(new Another());
        installInVain();
        try (ServerSocket stillThePlatforms = new ServerSocket(0, 5, LOOPBACK)) {
            System.out.println(stillThePlatforms.isBound());
        }
    }

    @SuppressWarnings("deprecation")
    static void anotherFactoryOfServerSockets() throws Exception {
        ServerSocket.setSocketFactory(new Another());
        installInVain();
        try (Socket stillThePlatforms = new Socket()) {
            stillThePlatforms.bind(null);
            System.out.println(stillThePlatforms.isBound());
        }
    }

    private static final class Another implements SocketImplFactory {
        @Override
        public SocketImpl createSocketImpl() {
            throw new UnsupportedOperationException("another one");
        }
    }

    @SuppressWarnings("deprecation")
    static void ownFactories() throws Exception {
        Socket.setSocketImplFactory(new Another());
        ServerSocket.setSocketFactory(new Another());
        for (Callable<?> opening : List.<Callable<?>>of(Socket::new, ServerSocket::new)) {
            try {
                System.out.println(opening.call());
            } catch (UnsupportedOperationException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    /** TCP, where only a factory of client sockets is set. */
    @SuppressWarnings("deprecation")
    static void ownClientFactory() throws Exception {
        Socket.setSocketImplFactory(new Another());
        try (ServerSocket server = new ServerSocket(0, 5, LOOPBACK);
             SocketChannel client = SocketChannel.open(server.getLocalSocketAddress());
             Socket accepted = server.accept()) {
            client.write(ByteBuffer.wrap(new byte[] { 7 }));
            System.out.println("accepted, read " + accepted.getInputStream().read());
        }
    }

    /** What makes the sockets of the JVM is set once, and another class cannot set it. */
    static void takeOver() throws Exception {
        Class<?> hooks = Class.forName("io.niovsock.internal.agent.SocketHooks", true, null);
        System.out.println(hooks.getFields().length + " public fields");
        for (Method method : hooks.getMethods())
            if (method.getName().equals("set"))
                try {
                    method.invoke(null, null, null, null, null, null);
                    System.out.println("taken over");
                } catch (InvocationTargetException e) {
                    System.out.println(e.getCause().getMessage());
                }
        new Socket(Proxy.NO_PROXY).close();
    }

    /** By a constructor that JDK 25 refuses, and that is to be removed. */
    static void datagramsByRule() throws Exception {
        try {
            Socket.class.getConstructor(InetAddress.class, int.class, boolean.class).newInstance(LOOPBACK, 7512, false);
        } catch (InvocationTargetException e) {
            System.out.println(e.getCause());
        }
    }

    /** A SOCKS proxy on vsock, by a rule for its address: it answers, and echoes what the socket sends through it. */
    static void explicitProxyByRule() throws Exception {
        InetSocketAddress place = new InetSocketAddress(LOOPBACK, 7510);
        try (ServerSocket proxy = new ServerSocket(7510, 5, LOOPBACK)) {
            Thread serving = new Thread(() -> {
                try (Socket client = proxy.accept()) {
                    DataInputStream in = new DataInputStream(client.getInputStream());
                    OutputStream out = client.getOutputStream();
                    in.readByte(); // the version
                    in.readFully(new byte[in.readByte()]); // the client's methods
                    out.write(new byte[] { 5, 0 });
                    in.readFully(new byte[10]); // connect to an IPv4 address
                    out.write(new byte[] { 5, 0, 0, 1, 10, 0, 0, 9, 0, 80 });
                    out.write(in.readByte());
                } catch (IOException e) {
                    e.printStackTrace();
                }
            });
            serving.start();
            try (Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, place))) {
                socket.connect(new InetSocketAddress("10.0.0.9", 80), 5000);
                socket.getOutputStream().write(42);
                System.out.println("through the proxy " + socket.getInputStream().read());
            }
            serving.join();
        }
        try (ServerSocket server = new ServerSocket(7511, 5, LOOPBACK); Socket direct = new Socket(Proxy.NO_PROXY)) {
            direct.connect(server.getLocalSocketAddress(), 5000);
            System.out.println("direct " + direct.getRemoteSocketAddress());
        }
    }

    static void report() {
        Vsock.report().stream().filter(line -> line.matches("(java.net sockets|Socket.Proxy.|DatagramSocket): .*"))
            .forEach(System.out::println);
    }

    private static void installInVain() throws IOException {
        try {
            VsockSocketImplFactory.install();
            System.out.println("installed");
        } catch (SocketException e) {
            System.out.println(e.getMessage());
        }
    }

    /** A SOCKS proxy that refuses every connection: a socket that uses it fails, and any other does not. */
    static void socksProxy() throws Exception {
        VsockSocketImplFactory.install();
        try (ServerSocket proxy = new ServerSocket(0, 5, LOOPBACK);
             ServerSocket server = new ServerSocket(0, 5, LOOPBACK)) {
            System.setProperty("socksProxyHost", LOOPBACK.getHostAddress());
            System.setProperty("socksProxyPort", String.valueOf(proxy.getLocalPort()));
            System.setProperty("socksNonProxyHosts", "");
            Thread refusing = new Thread(() -> {
                try (Socket client = proxy.accept()) {
                    client.getInputStream().read();
                    client.getOutputStream().write(new byte[] { 5, (byte) 0xFF });
                } catch (IOException e) {
                    e.printStackTrace();
                }
            });
            refusing.start();
            try (Socket socket = new Socket()) {
                socket.connect(server.getLocalSocketAddress(), 5000);
                System.out.println("past the proxy");
            } catch (SocketException e) {
                System.out.println("through the proxy: " + e.getMessage());
            }
            refusing.join();
            try (Socket direct = new Socket(Proxy.NO_PROXY)) {
                direct.connect(server.getLocalSocketAddress());
                System.out.println("NO_PROXY: " + direct.isConnected());
            }
            try (ServerSocket vsock = new ServerSocket(); Socket socket = new Socket()) {
                vsock.bind(places()[1]);
                socket.connect(addressOf(vsock));
                System.out.println("vsock: " + socket.isConnected());
            }
        }
    }

    /** A server socket of the program that accepts sockets of the program's own class. */
    static void acceptIntoASocketOfOnesOwn() throws Exception {
        VsockSocketImplFactory.install();
        class OwnSocket extends Socket { }
        class OwnServerSocket extends ServerSocket {
            OwnServerSocket() throws IOException { }

            @Override
            public Socket accept() throws IOException {
                Socket own = new OwnSocket();
                own.setSoTimeout(777);
                implAccept(own);
                return own;
            }
        }
        for (SocketAddress place : places()) {
            try (ServerSocket server = new OwnServerSocket(); Socket client = new Socket()) {
                server.bind(place);
                client.connect(addressOf(server));
                try (Socket peer = server.accept()) {
                    client.getOutputStream().write(11);
                    System.out.println(peer.getClass().getSimpleName() + " " + peer.getInputStream().read() + " "
                        + peer.getSoTimeout());
                }
            }
        }
    }
}
