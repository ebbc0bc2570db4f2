// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketImplFactory;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A vsock address reaches parts of the JDK that this library does not replace. The kernel refuses it, or drops what is
 * sent to it, and no packet leaves the machine. The program runs in a network namespace of its own, in which every
 * route leads to a wire that the test reads.
 */
class NothingOnTheWireTest {
    private static final Path PYTHON = Path.of("/usr/bin/python3");
    private static final int IMPOSSIBLE = 77; // of wire.py
    private static final String PROVIDER = "java.nio.channels.spi.SelectorProvider";
    private static final String ASYNCHRONOUS_PROVIDER = "java.nio.channels.spi.AsynchronousChannelProvider";
    private static final String PLATFORMS_PROVIDER = "sun.nio.ch.EPollSelectorProvider";

    /** Tries every way to use an address, and prints one line for each. */
    static final class EveryWay {
        private static final int PORT = 5000;
        private static final int TIMEOUT_MILLIS = 200;

        private interface Attempt {
            void run(InetSocketAddress address) throws Exception;
        }

        /** @param args {@code vsock}, or an IPv6 literal for a plain Internet address */
        public static void main(String[] args) throws Exception {
            if (Boolean.getBoolean("installed"))
                VsockSocketImplFactory.install();
            InetSocketAddress address = args[0].equals("vsock")
                ? VsockSocketAddress.of(VsockSocketAddress.CID_HOST, PORT) : new InetSocketAddress(args[0], PORT);
            NetworkInterface wire = NetworkInterface.getByName("wire0");
            InetSocketAddress scoped = new InetSocketAddress(
                Inet6Address.getByAddress(null, address.getAddress().getAddress(), wire.getIndex()), PORT);
            connections(address);
            listeners(address);
            datagrams(address, wire);
            channelsOfDatagrams(address, wire);
            urls(address.getHostString());
            attempt("ping", address,
                to -> System.out.print(to.getAddress().isReachable(TIMEOUT_MILLIS) ? "reached! " : ""));
            attempt("ping by the wire", address,
                to -> System.out.print(to.getAddress().isReachable(wire, 0, TIMEOUT_MILLIS) ? "reached! " : ""));
            attempt("SocketChannel, scoped", scoped, EveryWay::connectChannel);
            attempt("DatagramChannel, scoped", scoped, EveryWay::sendByChannel);
            System.out.println("done");
        }

        private static void attempt(String name, InetSocketAddress address, Attempt attempt) {
            String outcome = "no exception";
            try {
                attempt.run(address);
            } catch (Exception e) {
                outcome = e.toString();
            }
            System.out.println(name + ": " + outcome); // at once: the JVM and the log write lines, too
        }

        private static void connections(InetSocketAddress address) {
            attempt("SocketChannel", address, EveryWay::connectChannel);
            attempt("SocketChannel, undecided", address, to -> {
                try (SocketChannel channel = SocketChannel.open()) {
                    channel.configureBlocking(false);
                    channel.connect(to);
                }
            });
            attempt("adaptor of a SocketChannel", address, to -> {
                try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET6)) {
                    channel.socket().connect(to, TIMEOUT_MILLIS);
                }
            });
            attempt("Socket", address, to -> {
                try (Socket socket = new Socket()) {
                    socket.connect(to, TIMEOUT_MILLIS);
                }
            });
            attempt("Socket without a proxy", address, to -> {
                try (Socket socket = new Socket(Proxy.NO_PROXY)) {
                    socket.connect(to, TIMEOUT_MILLIS);
                }
            });
            attempt("AsynchronousSocketChannel", address, to -> {
                try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
                    channel.connect(to).get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
                }
            });
        }

        private static void connectChannel(InetSocketAddress to) throws IOException {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET6)) {
                channel.configureBlocking(false); // the first packet goes at once
                channel.connect(to);
            }
        }

        private static void listeners(InetSocketAddress address) {
            attempt("ServerSocket", address, at -> {
                try (ServerSocket server = new ServerSocket()) {
                    server.bind(at);
                }
            });
            attempt("ServerSocketChannel", address,
                at -> ServerSocketChannel.open(StandardProtocolFamily.INET6).bind(at).close());
            attempt("AsynchronousServerSocketChannel", address,
                at -> AsynchronousServerSocketChannel.open().bind(at).close());
        }

        private static DatagramPacket packet(InetSocketAddress to) {
            return new DatagramPacket(new byte[100], 100, to);
        }

        private static void datagrams(InetSocketAddress address, NetworkInterface wire) {
            attempt("DatagramSocket", address, to -> {
                try (DatagramSocket socket = new DatagramSocket()) {
                    socket.send(packet(to));
                }
            });
            attempt("DatagramSocket, connected", address, to -> {
                try (DatagramSocket socket = new DatagramSocket()) {
                    socket.connect(to);
                    socket.send(packet(to));
                }
            });
            attempt("MulticastSocket", address, to -> {
                try (MulticastSocket socket = new MulticastSocket()) {
                    socket.setNetworkInterface(wire);
                    socket.setTimeToLive(255);
                    socket.send(packet(to));
                }
            });
            attempt("member of a group", address, to -> {
                try (MulticastSocket socket = new MulticastSocket()) {
                    socket.joinGroup(to, wire);
                    socket.send(packet(to));
                    socket.leaveGroup(to, wire);
                }
            });
        }

        private static void sendByChannel(InetSocketAddress to) throws IOException {
            try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET6)) {
                channel.send(ByteBuffer.allocate(100), to);
            }
        }

        private static void channelsOfDatagrams(InetSocketAddress address, NetworkInterface wire) {
            attempt("DatagramChannel", address, EveryWay::sendByChannel);
            attempt("DatagramChannel, undecided", address, to -> {
                try (DatagramChannel channel = DatagramChannel.open()) {
                    channel.send(ByteBuffer.allocate(100), to);
                }
            });
            attempt("DatagramChannel, connected", address, to -> {
                try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET6)) {
                    channel.connect(to);
                    channel.write(ByteBuffer.allocate(100));
                }
            });
            attempt("DatagramChannel by the wire", address, to -> {
                try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET6)) {
                    channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, wire);
                    channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 255);
                    channel.send(ByteBuffer.allocate(100), to);
                }
            });
            attempt("DatagramChannel, member of a group", address, to -> {
                try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET6)) {
                    channel.join(to.getAddress(), wire);
                    channel.send(ByteBuffer.allocate(100), to);
                }
            });
        }

        private static void urls(String literal) {
            URI uri = URI.create("http://[" + literal + "]:" + PORT + "/");
            attempt("HttpURLConnection", null, any -> {
                HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
                connection.setConnectTimeout(TIMEOUT_MILLIS);
                connection.connect();
            });
            attempt("HttpClient", null, any -> HttpClient.newBuilder()
                .connectTimeout(Duration.ofMillis(TIMEOUT_MILLIS)).build()
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding()));
        }
    }

    @TempDir
    private static Path folder;

    private static Path script;

    @BeforeAll
    static void aNetworkNamespaceCanBeMade() throws Exception {
        if (!Files.isExecutable(PYTHON))
            throw Skip.because("no " + PYTHON + ": install python3");
        try {
            ChildJvm.Result unshare = ChildJvm.finish(
                new ProcessBuilder("unshare", "-n", "ip", "link").redirectErrorStream(true).start());
            if (unshare.status() != 0)
                throw Skip.because("no network namespace: run as root, and install iproute2 (" + unshare.text() + ")");
        } catch (IOException e) {
            throw Skip.because("no network namespace: install util-linux, for unshare (" + e.getMessage() + ")");
        }
        script = folder.resolve("wire.py");
        try (InputStream source = NothingOnTheWireTest.class.getResourceAsStream("wire.py")) {
            Files.copy(source, script);
        }
    }

    private static ChildJvm everyWayTo(String address) {
        return ChildJvm.of(EveryWay.class).property("io.niovsock.transport", "emulated").arguments(address)
            .under("unshare", "-n", PYTHON.toString(), script.toString());
    }

    private static List<String> run(ChildJvm jvm) throws Exception {
        ChildJvm.Result result = jvm.run();
        if (result.status() == IMPOSSIBLE)
            throw Skip.because("modprobe veth: " + result.text());
        List<String> lines = result.succeeded().lines();
        assertTrue(lines.contains("done"), result::text);
        return lines;
    }

    private static List<String> framesIn(List<String> lines) {
        return lines.stream().filter(line -> line.startsWith("frame ")).toList();
    }

    /** The first half of an address, to be found in a frame. */
    private static String prefixOf(InetAddress address) {
        return HexFormat.of().formatHex(address.getAddress(), 0, 8);
    }

    private static boolean carries(String frame, InetAddress address) {
        return frame.contains(prefixOf(address));
    }

    /** The kind of a frame, by the types in the headers of Ethernet and IP, without options. */
    private static boolean isTcpOrUdp(String frame) {
        byte[] bytes = HexFormat.of().parseHex(frame.substring("frame ".length()));
        int type = (bytes[12] & 0xFF) << 8 | bytes[13] & 0xFF;
        int protocol = type == 0x0800 ? bytes[23] : type == 0x86DD ? bytes[20] : 0;
        return protocol == 6 || protocol == 17;
    }

    private static void assertNothingSent(List<String> lines) {
        InetAddress mapped = VsockSocketAddress.of(VsockSocketAddress.CID_HOST, 5000).getAddress();
        for (String frame : framesIn(lines))
            assertFalse(carries(frame, mapped) || isTcpOrUdp(frame), () -> String.join("\n", lines));
    }

    @ParameterizedTest
    @ValueSource(strings = { "io.niovsock.VsockSelectorProvider", PLATFORMS_PROVIDER })
    void aVsockAddressIsRefusedOrDroppedByThisMachine(String provider) throws Exception {
        assertRefusedOrDropped(run(everyWayTo("vsock").property(PROVIDER, provider)
            .property(ASYNCHRONOUS_PROVIDER, "sun.nio.ch.LinuxAsynchronousChannelProvider")));
    }

    /** Another system or architecture, or a native library that the JVM refuses. */
    @Test
    void soItIsWhereThereIsNoNativeLibrary() throws Exception {
        assertRefusedOrDropped(run(everyWayTo("vsock").property("io.niovsock.library", "/nonexistent")));
    }

    private static void assertRefusedOrDropped(List<String> lines) {
        assertNothingSent(lines);
        for (String way : List.of("SocketChannel", "adaptor of a SocketChannel", "Socket", "Socket without a proxy",
            "AsynchronousSocketChannel", "HttpURLConnection", "HttpClient", "ServerSocket", "ServerSocketChannel",
            "AsynchronousServerSocketChannel", "SocketChannel, scoped"))
            assertTrue(lines.stream().anyMatch(line -> line.startsWith(way + ": java.")),
                () -> way + "\n" + String.join("\n", lines));
    }

    @Test
    void thePlainFormOfOneIsRefusedOrDroppedToo() throws Exception {
        String literal = VsockSocketAddress.of(VsockSocketAddress.CID_HOST, 5000).getHostString();

        assertNothingSent(run(everyWayTo(literal).property(PROVIDER, PLATFORMS_PROVIDER)));
        assertNothingSent(run(everyWayTo(literal)));
    }

    /** Undecided channels refuse such an address, and say why. For all others, the kernel refuses it. */
    @Test
    void undecidedSocketsAndChannelsSayWhy() throws Exception {
        String literal = VsockSocketAddress.of(VsockSocketAddress.CID_HOST, 5000).getHostString();
        List<String> lines = run(everyWayTo(literal).property("installed", true));

        assertNothingSent(lines);
        for (String way : List.of("SocketChannel, undecided", "DatagramChannel, undecided", "Socket",
            "Socket without a proxy", "HttpURLConnection", "HttpClient", "AsynchronousSocketChannel",
            "AsynchronousServerSocketChannel"))
            assertTrue(lines.stream().anyMatch(line -> line.startsWith(way + ": ")
                && line.contains("it is the vsock-mapped form of vsock:host:5000")
                && line.contains("-Dio.niovsock.mapped=true")),
                () -> way + "\n" + String.join("\n", lines));
    }

    @Test
    void aVsockAddressIsRefusedWithoutIpv6Too() throws Exception {
        assertNothingSent(run(everyWayTo("vsock").property("java.net.preferIPv4Stack", true)));
    }

    /** Shows that the test does read the wire: a router would have passed on this other address. */
    @Test
    void anAddressThatARouteLeadsToIsSeenOnTheWire() throws Exception {
        List<String> lines = run(everyWayTo("fd76:736f:636b::2").property(PROVIDER, PLATFORMS_PROVIDER));

        InetAddress routed = InetAddress.getByName("fd76:736f:636b::2");
        long frames = framesIn(lines).stream().filter(frame -> carries(frame, routed) && isTcpOrUdp(frame)).count();
        assertTrue(frames >= 10, () -> String.join("\n", lines));
    }
}
