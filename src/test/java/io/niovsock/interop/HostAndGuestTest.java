// SPDX-License-Identifier: Apache-2.0
package io.niovsock.interop;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Skip;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;

import static io.niovsock.VsockSocketAddress.CID_ANY;
import static io.niovsock.VsockSocketAddress.CID_HOST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Two processes of one machine, over the emulated transport: this one is the host, the other is a guest with CID 3. */
class HostAndGuestTest {
    private static final long GUEST_CID = 3;
    private static final int SIZE = 1_000_003;

    @BeforeEach
    void onlyEmulatedMachinesAreTwo() {
        if (!Machine.isEmulated())
            throw Skip.because("the kernel's transport needs a guest in a host: testvm/run --guest, not this suite");
    }

    private static ChildJvm guest(Class<?> program, Object... arguments) {
        return ChildJvm.of(program).property("io.niovsock.transport", "emulated")
            .property("io.niovsock.localCid", GUEST_CID).arguments(arguments);
    }

    static final class ConnectingGuest {
        public static void main(String[] args) throws Exception {
            System.out.println(Vsock.localCid());
            try (SocketChannel channel = SocketChannel.open(VsockSocketAddress.parse(args[0]))) {
                Streams.write(channel, Payload.random(20, SIZE));
                channel.shutdownOutput();
                System.out.println(new String(Streams.readToEnd(channel)));
                System.out.println(channel.getLocalAddress() + " " + channel.getRemoteAddress());
            }
        }
    }

    @Test
    void aGuestConnectsToItsHost() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(VsockSocketAddress.of(CID_ANY, 0))) {
            long port = ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
            Process guest = guest(ConnectingGuest.class, VsockSocketAddress.of(CID_HOST, port)).start();
            try (SocketChannel peer = server.accept()) {
                VsockSocketAddress remote = (VsockSocketAddress) peer.getRemoteAddress();
                assertEquals(GUEST_CID, remote.getCid());
                assertEquals(VsockSocketAddress.of(CID_HOST, port), peer.getLocalAddress());
                Streams.write(peer, Payload.digest(Streams.readToEnd(peer)));
                peer.shutdownOutput();
                assertEquals(List.of("3", Payload.digest(Payload.random(20, SIZE)), remote + " vsock:host:" + port),
                    ChildJvm.finish(guest).succeeded().lines());
            }
        }
    }

    static final class ListeningGuest {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(VsockSocketAddress.of(CID_ANY, 0))) {
                System.out.println(((VsockSocketAddress) server.getLocalAddress()).getVsockPort());
                try (SocketChannel peer = server.accept()) {
                    Streams.write(peer, peer.getLocalAddress() + " " + peer.getRemoteAddress() + "\n"
                        + Streams.readText(peer, 5));
                }
            }
        }
    }

    @Test
    void aHostConnectsToItsGuest() throws Exception {
        Process guest = guest(ListeningGuest.class).start();
        StringBuilder port = new StringBuilder();
        for (int b = guest.getInputStream().read(); b >= '0'; b = guest.getInputStream().read())
            port.append((char) b);
        try (SocketChannel channel = SocketChannel.open(VsockSocketAddress.parse("vsock:3:" + port))) {
            Streams.write(channel, "hello");
            VsockSocketAddress local = (VsockSocketAddress) channel.getLocalAddress();
            assertEquals(CID_HOST, local.getCid());
            assertEquals("vsock:3:" + port + " " + local + "\nhello", new String(Streams.readToEnd(channel)));
        }
        ChildJvm.finish(guest).succeeded();
    }

    static final class TrespassingGuest {
        public static void main(String[] args) throws Exception {
            for (String where : args) {
                try (ServerSocketChannel server = ServerSocketChannel.open().bind(VsockSocketAddress.parse(where))) {
                    System.out.println("bound to " + server.getLocalAddress());
                } catch (IOException e) {
                    System.out.println(e.getClass().getSimpleName());
                }
            }
        }
    }

    @Test
    void aGuestIsNotItsHost() throws Exception {
        List<String> lines = guest(TrespassingGuest.class, "vsock:host:0", "vsock:4:0", "vsock:3:any").run().succeeded()
            .lines();
        assertEquals(List.of("BindException", "BindException"), lines.subList(0, 2));
        assertTrue(lines.get(2).startsWith("bound to vsock:3:"), lines::toString);
    }

    @Test
    void theSamePortOfTwoMachinesIsTwoPorts() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(VsockSocketAddress.of(CID_ANY, 0))) {
            long port = ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
            assertEquals(List.of("bound to vsock:any:" + port),
                guest(TrespassingGuest.class, VsockSocketAddress.of(CID_ANY, port)).run().succeeded().lines());
        }
    }
}
