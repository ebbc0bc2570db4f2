// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The host name of a peer comes from the file of host names, and never from the DNS. */
class NamingAPeerTest {
    private static final String PREFIX = "ff11:76:736f:636b:";

    @TempDir
    private Path folder;

    private static void println(Object... parts) {
        System.out.println(String.join(" ", Arrays.stream(parts).map(String::valueOf).toList()));
    }

    private ChildJvm jvm(Class<?> program, String hosts) throws IOException {
        Path file = Files.writeString(folder.resolve("hosts"), hosts);
        return ChildJvm.of(program).property("jdk.net.hosts.file", file).property("io.niovsock.transport", "emulated")
            .property("io.niovsock.emulated.namespace", "NamingAPeerTest" + ProcessHandle.current().pid());
    }

    private static List<String> linesOf(ChildJvm jvm) throws Exception {
        return jvm.run().succeeded().lines();
    }

    static final class Accepting {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(VsockSocketAddress.local(5000));
                 SocketChannel client = SocketChannel.open(server.getLocalAddress());
                 SocketChannel accepted = server.accept()) {
                VsockSocketAddress peer = (VsockSocketAddress) accepted.getRemoteAddress();
                InetSocketAddress unnamed = new InetSocketAddress(
                    InetAddress.getByAddress(peer.getAddress().getAddress()), peer.getPort());
                println(peer.getHostName(), peer.getHostString(), peer.getAddress().getHostName(), peer.getCid());
                println(peer.equals(unnamed), unnamed.equals(peer), peer.hashCode() == unnamed.hashCode(),
                    peer.toString().equals("vsock:local:" + peer.getVsockPort()));
                println(((InetSocketAddress) client.getRemoteAddress()).getHostName());
            }
        }
    }

    @Test
    void aPeerHasTheNameThatTheFileHasForItsCid() throws Exception {
        assertEquals(List.of("this-machine this-machine this-machine 1", "true true true true", "this-machine"),
            linesOf(jvm(Accepting.class, "ff11:76:736f:636b::1 this-machine alias\n")));
    }

    /** Prints the names of CIDs, and last that of the first with a larger port. */
    static final class Names {
        public static void main(String[] args) throws Exception {
            for (String cid : args)
                println(VsockSocketAddress.of(Long.parseLong(cid), 65535).getHostName());
            println(VsockSocketAddress.of(Long.parseLong(args[0]), 1L << 31).getHostName());
        }
    }

    @Test
    void theFileIsReadAsTheSystemReadsIt() throws Exception {
        String hosts = """
            # ff11:76:736f:636b::3 comment
            127.0.0.1 localhost
            10.0.0.3
            ff11:76:736f:636b::3    third another # third's
            ff11:76:736f:636b::3 too-late
            FF11:0076:736F:636B:0:0:0:4%eth0\tfourth
              ff11:76:736f:636b:7cd4::5 fifth#text
            ff11:76:736f:636b::6
            ff11:76:736f:636b::6 # nameless
            ff11:76:736f:636b::g malformed
            ff11:76:736f:636b:0:1:0:7 of-no-endpoint
            ff11:76:736f:636b::0.0.0.8 eighth\r
            ff11::9 of-another-prefix
            """;
        List<String> names = linesOf(jvm(Names.class, hosts).arguments(3, 4, 5, 6, 7, 8, 9));
        String literal = PREFIX + "0:0:0:";
        assertEquals(List.of("third", "fourth", literal + 5, literal + 6, literal + 7, "eighth", literal + 9,
            PREFIX + "8000:0:0:3"), names);
    }

    @Test
    void aFileThatCannotBeReadHasNoNames() throws Exception {
        List<String> literal = List.of(PREFIX + "0:0:0:3", PREFIX + "8000:0:0:3");
        ChildJvm jvm = jvm(Names.class, "x".repeat(17 << 20) + "\nff11:76:736f:636b::3 too-far\n").arguments(3);
        assertEquals(literal, linesOf(jvm));
        Path fifo = folder.resolve("fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        for (Object unreadable : List.of(folder, fifo, folder.resolve("absent")))
            assertEquals(literal, linesOf(jvm.property("jdk.net.hosts.file", unreadable)));
    }

    static final class Forward {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress("guest", 5000));
                 SocketChannel client = SocketChannel.open(new InetSocketAddress("guest", 5000));
                 SocketChannel accepted = server.accept()) {
                println(server.getLocalAddress(), client.getRemoteAddress());
                println(((InetSocketAddress) accepted.getRemoteAddress()).getHostName());
            }
            println((Object[]) InetAddress.getAllByName("guest"));
            println(InetAddress.getByName("10.0.0.9").getHostName(), InetAddress.getByName("other"));
        }
    }

    @Test
    void aNameInTheFileIsVsockAndIsResolvedAsBefore() throws Exception {
        String hosts = "ff11:76:736f:636b::1 guest\n10.0.0.9 other guest\n";
        String both = "guest/" + PREFIX + "0:0:0:1 guest/10.0.0.9";
        assertEquals(List.of("vsock:local:5000 vsock:local:5000", "guest", both,
            "other other/10.0.0.9"),
            linesOf(jvm(Forward.class, hosts).property("io.niovsock.mapped", "true")
                .property("java.net.preferIPv6Addresses", "system")));
    }

    static final class OfARule {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(VsockSocketAddress.local(0))) {
                int port = (int) ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
                InetAddress address = InetAddress.getByAddress(new byte[] { 10, 0, 0, 5 });
                try (SocketChannel client = SocketChannel.open(new InetSocketAddress(address, port))) {
                    println(((InetSocketAddress) client.getRemoteAddress()).getHostName());
                }
            }
        }
    }

    @Test
    void thePlatformNamesTheAddressOfARule() throws Exception {
        assertEquals(List.of("database"), linesOf(jvm(OfARule.class, "ff11:76:736f:636b::1 this\n10.0.0.5 database\n")
            .property("io.niovsock.rules", "10.0.0.5=local")));
    }

    /** Plays the name server of a network namespace, and prints whether it was asked. */
    static final class NameServer {
        public static void main(String[] args) throws Exception {
            InetAddress here = InetAddress.getByAddress(new byte[] { 127, 0, 0, 1 });
            try (DatagramSocket server = new DatagramSocket(53, here)) {
                CompletableFuture<Integer> asked = CompletableFuture.supplyAsync(() -> refuse(server));
                for (long cid = 1; cid <= 3; cid++) {
                    InetAddress address = VsockSocketAddress.of(cid, 5000).getAddress();
                    println(address.getHostName());
                }
                println(asked.isDone());
                println(InetAddress.getByAddress(new byte[] { 10, 1, 2, 3 }).getHostName());
                println(asked.get(1, TimeUnit.MINUTES) > 0);
            }
        }

        /** Answers each question with "refused", as a name server without a zone does; returns after the first. */
        private static int refuse(DatagramSocket server) {
            try {
                DatagramPacket question = new DatagramPacket(new byte[512], 512);
                server.receive(question);
                question.getData()[2] |= (byte) 0x80;
                question.getData()[3] = 5;
                server.send(question);
                return question.getLength();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void noNameServerIsAsked() throws Exception {
        Path hosts = Files.writeString(folder.resolve("hosts"), "ff11:76:736f:636b::3 guest\n");
        Path resolver = Files.writeString(folder.resolve("resolv.conf"), """
            nameserver 127.0.0.1
            options timeout:1 attempts:1
            """);
        String[] namespace = { "unshare", "--net", "--mount", "sh", "-c", "ip link set lo up && mount --bind '" + hosts
            + "' /etc/hosts && mount --bind '" + resolver + "' /etc/resolv.conf && exec \"$@\"", "sh" };
        requireNamespace(namespace);

        List<String> lines = linesOf(ChildJvm.of(NameServer.class).property("io.niovsock.transport", "emulated")
            .under(namespace));

        String first = PREFIX + "0:0:0:1";
        String second = PREFIX + "0:0:0:2";
        assertEquals(List.of(first, second, "guest", "false", "10.1.2.3", "true"), lines);
    }

    private static void requireNamespace(String[] namespace) throws Exception {
        String[] command = Arrays.copyOf(namespace, namespace.length + 1);
        command[namespace.length] = "true";
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            if (ChildJvm.finish(process).status() != 0)
                throw Skip.because("no network namespace: run as root, and install iproute2");
        } catch (IOException e) {
            throw Skip.because("no network namespace: install util-linux, for unshare (" + e.getMessage() + ")");
        }
    }
}
