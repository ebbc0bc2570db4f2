// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import com.sun.net.httpserver.HttpServer;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketImplFactory;
import io.niovsock.testkit.Payload;

import java.io.IOException;
import java.io.InputStream;
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
import java.nio.charset.StandardCharsets;

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
