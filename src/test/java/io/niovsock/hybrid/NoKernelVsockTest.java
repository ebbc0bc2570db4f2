// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The kernel has no AF_VSOCK. Attached guests need only AF_UNIX. The programs cannot make a socket of AF_VSOCK. */
class NoKernelVsockTest {
    private static final VsockSocketAddress HOST = VsockSocketAddress.parse("vsock:host:0");
    private static final VsockSocketAddress ANY = VsockSocketAddress.parse("vsock:any:any");
    private static final VsockSocketAddress NOT_ATTACHED = VsockSocketAddress.of(9, 5000);

    @TempDir
    private Path folder;

    private List<String> linesOf(Class<?> program) throws Exception {
        return ChildJvm.of(program).property("io.niovsock.transport", "kernel").arguments(folder)
            .under(CProgram.of("no_vsock")).run().succeeded().lines();
    }

    private interface Attempt {
        void run() throws Exception;
    }

    private static void show(String what, Attempt attempt) {
        try {
            attempt.run();
            System.out.println(what + ": works");
        } catch (Exception e) {
            System.out.println(what + ": " + e.getClass().getSimpleName() + ", "
                + (String.valueOf(e.getMessage()).contains("no AF_VSOCK") ? "no AF_VSOCK" : e.getMessage()));
        }
    }

    private static void assertReached(Guest guest, SocketChannel client) throws Exception {
        try (Pair pair = new Pair(client, guest.device().accept(Guest.PORT))) {
            Streams.assertConnected(pair);
        }
    }

    static final class Connecting {
        public static void main(String[] args) throws Exception {
            try (Guest guest = Guest.start(Path.of(args[0]))) {
                show("connect", () -> assertReached(guest, SocketChannel.open(guest.endpoint())));
                show("connect of a vsock channel", () -> {
                    SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK);
                    client.setOption(VsockSocketOptions.BUFFER_SIZE, 100_000L);
                    client.bind(ANY);
                    client.connect(guest.endpoint());
                    assertReached(guest, client);
                });
                show("selected connect", () -> selected(guest));
                show("connect of a socket", () -> {
                    try (Socket socket = VsockSocketFactory.getDefault().createSocket()) {
                        socket.connect(guest.endpoint(), 60_000);
                        guest.device().accept(Guest.PORT).close();
                        assertEquals(-1, socket.getInputStream().read());
                    }
                });
                show("connect elsewhere", () -> SocketChannel.open(NOT_ATTACHED));
                show("connect of a vsock channel elsewhere", () -> {
                    try (SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                        client.connect(NOT_ATTACHED);
                    }
                });
            }
            show("vsock channel without guests", () -> SocketChannel.open(VsockProtocolFamily.VSOCK).close());
        }

        private static void selected(Guest guest) throws Exception {
            try (Selector selector = Selector.open()) {
                SocketChannel client = SocketChannel.open();
                client.configureBlocking(false);
                client.connect(guest.endpoint());
                SelectionKey key = client.register(selector, SelectionKey.OP_CONNECT);
                while (!client.finishConnect())
                    selector.select();
                key.cancel();
                selector.selectNow();
                client.configureBlocking(true);
                assertReached(guest, client);
            }
        }
    }

    @Test
    void guestsAreReached() throws Exception {
        assertEquals(List.of("connect: works", "connect of a vsock channel: works", "selected connect: works",
            "connect of a socket: works", "connect elsewhere: SocketException, no AF_VSOCK",
            "connect of a vsock channel elsewhere: SocketException, no AF_VSOCK",
            "vsock channel without guests: SocketException, no AF_VSOCK"), linesOf(Connecting.class));
    }

    static final class Listening {
        public static void main(String[] args) throws Exception {
            Path folder = Path.of(args[0]);
            show("listen without guests", () -> ServerSocketChannel.open().bind(HOST));
            try (Guest guest = Guest.start(folder)) {
                show("listen at the host", () -> hear(guest, ServerSocketChannel.open().bind(HOST)));
                show("listen anywhere",
                    () -> hear(guest, ServerSocketChannel.open(VsockProtocolFamily.VSOCK).bind(ANY)));
                show("listen with a server socket", () -> {
                    try (ServerSocket server = VsockServerSocketFactory.getDefault().createServerSocket()) {
                        server.bind(HOST);
                        long port = ((VsockSocketAddress) server.getLocalSocketAddress()).getVsockPort();
                        guest.device().connectToHost(port);
                        server.accept().close();
                    }
                });
                show("listen elsewhere", () -> {
                    try (ServerSocketChannel server = ServerSocketChannel.open()) {
                        server.bind(VsockSocketAddress.parse("vsock:local:0"));
                    }
                });
                try (ServerSocketChannel server = ServerSocketChannel.open().bind(HOST);
                     Guest second = Guest.start(folder)) {
                    guest.attached().close();
                    show("hear the next guest", () -> hear(second, server));
                }
            }
        }

        private static void hear(Guest guest, ServerSocketChannel server) throws IOException {
            try (server) {
                long port = ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
                try (Pair pair = new Pair(guest.device().connectToHost(port), server.accept())) {
                    Streams.assertConnected(pair);
                }
            }
        }
    }

    @Test
    void guestsAreHeard() throws Exception {
        assertEquals(List.of("listen without guests: SocketException, no AF_VSOCK", "listen at the host: works",
            "listen anywhere: works", "listen with a server socket: works",
            "listen elsewhere: SocketException, no AF_VSOCK", "hear the next guest: works"),
            linesOf(Listening.class));
    }

    static final class Facts {
        public static void main(String[] args) throws Exception {
            System.out.println("role " + Vsock.role());
            try (VsockGuest guest = Vsock.attach(42, Path.of(args[0], "v"))) {
                System.out.println("role " + Vsock.role());
                Vsock.report().forEach(System.out::println);
            }
        }
    }

    /** The machine of the test may be a guest: its /dev/vsock says so. */
    @Test
    void attachedGuestsMakeAHost() throws Exception {
        List<String> lines = linesOf(Facts.class);
        String before = lines.get(0);
        assertEquals(before.equals("role GUEST") ? "role GUEST_AND_HOST" : "role HOST", lines.get(1), lines::toString);
        assertTrue(List.of("role NONE", "role GUEST").contains(before), before);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("host: of attached guests only")), lines::toString);
    }
}
