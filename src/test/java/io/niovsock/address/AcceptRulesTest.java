// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.Vsock;
import io.niovsock.VsockPeers;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketImplFactory;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The rules of {@code io.niovsock.acceptFrom}, by which unchanged programs accept from some peers only. */
class AcceptRulesTest {
    private static final String PROPERTY = "io.niovsock.acceptFrom";

    /**
     * Listens at each port, and connects from two CIDs: by loopback, and to the machine's own. Prints the CIDs of those
     * that were accepted. An argument {@code PORT=PEERS} sets the option, too.
     */
    static final class Program {
        public static void main(String[] args) throws IOException {
            for (String arg : args) {
                String[] parts = arg.split("=");
                long port = Long.parseLong(parts[0]);
                try (ServerSocketChannel server = ServerSocketChannel.open()) {
                    if (parts.length > 1)
                        server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.parse(parts[1]));
                    server.bind(VsockSocketAddress.any(port)).configureBlocking(false);
                    try (SocketChannel local = SocketChannel.open(VsockSocketAddress.local(port));
                         SocketChannel own = SocketChannel.open(VsockSocketAddress.of(Vsock.localCid(), port))) {
                        System.out.println(port + ": " + accepted(server));
                    }
                }
            }
        }

        private static List<Long> accepted(ServerSocketChannel server) throws IOException {
            List<Long> cids = new ArrayList<>();
            for (SocketChannel peer = server.accept(); peer != null; peer = server.accept()) {
                cids.add(((VsockSocketAddress) peer.getRemoteAddress()).getCid());
                peer.close();
            }
            return cids;
        }
    }

    /** What the program has printed, without the log. */
    private static List<String> accepted(ChildJvm program, Object... arguments) throws Exception {
        return program.arguments(arguments).run().succeeded().lines().stream()
            .filter(line -> line.matches("\\d+: .*")).toList();
    }

    private static ChildJvm program(String rules) {
        return ChildJvm.of(Program.class).property(PROPERTY, rules);
    }

    @Test
    void theFirstRuleForThePortApplies() throws Exception {
        assertEquals(List.of("7100: [2]", "7101: [1]", "7109: [1]", "7110: [1, 2]", "4000000000: [2]", "7200: []"),
            accepted(program("7100=host; 7101-7109 = local,42 ;7110=any;3000000000-4294967294=host;guests"), 7100, 7101,
                7109, 7110, 4_000_000_000L, 7200));
    }

    @Test
    void withoutARuleForThePortEveryPeerIsAccepted() throws Exception {
        assertEquals(List.of("7100: [1, 2]", "7101: []"), accepted(program("7101=guests"), 7100, 7101));
    }

    @Test
    void aGuestKnowsItsHost() throws Exception {
        assertEquals(List.of("7100: [42]", "7101: [1]", "7102: []"),
            accepted(program("7100=42;7101=local;7102=host").property("io.niovsock.localCid", 42), 7100, 7101, 7102));
    }

    @Test
    void theProgramsOptionNarrowsTheRuleAndDoesNotWidenIt() throws Exception {
        assertEquals(List.of("7100: [2]", "7100: []", "7100: [2]", "7101: [1]"),
            accepted(program("7100=host"), "7100=any", "7100=local", "7100=host,local", "7101=local"));
    }

    @Test
    void rulesMayBeInAFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("rules"), "# who may\n\n7100=host # the agent\n  7101 = local\n");
        assertEquals(List.of("7100: [2]", "7101: [1]", "7102: [1, 2]"),
            accepted(program("@" + file), 7100, 7101, 7102));
    }

    /** Values of the property, each with a part of the error. */
    private static final String[][] MISTAKES = {
        { "7100 = host;x",
            "-Dio.niovsock.acceptFrom: rule 2 'x': not a set of vsock peers: 'x': item 1 'x': expected any, local" },
        { "7100=host;", "-Dio.niovsock.acceptFrom: rule 2 '': not a set of vsock peers: '': item 1 '': expected" },
        { "", "-Dio.niovsock.acceptFrom=: no rule; without the property, listeners accept every peer" },
        { "x=host", "rule 1 'x=host': port 'x' is out of range: 0 to 4294967294" },
        { "4294967295=host", "port '4294967295' is out of range: 0 to 4294967294" },
        { "7109-7101=host", "ports '7109-7101': the first is beyond the last" },
        { "7100=", "item 1 '': expected" },
        { "7100=host,,42", "item 2 '': expected" },
        { "host;7100=local",
            "rule 2 '7100=local': it never applies, because the rule 'host' before it has its ports" },
        { "7000-8000=any;7100-7200=host",
            "rule 2 '7100-7200=host': it never applies, because the rule '7000-8000=any' before it has its ports" },
        { "@/nowhere/rules", "-Dio.niovsock.acceptFrom=@/nowhere/rules: the file cannot be read: " },
        { "@/dev/null", "-Dio.niovsock.acceptFrom=@/dev/null: no rule; without the property" },
    };

    /** Tries each way to a listener, with each mistake. A value that cannot be read is not kept. */
    static final class Mistaken {
        private static final VsockSocketAddress ENDPOINT = VsockSocketAddress.any(7100);

        public static void main(String[] args) throws Exception {
            for (String[] mistake : MISTAKES) {
                System.setProperty(PROPERTY, mistake[0]);
                refused(mistake, () -> ServerSocketChannel.open().bind(ENDPOINT));
                refused(mistake, () -> AsynchronousServerSocketChannel.open().bind(ENDPOINT));
                refused(mistake, () -> ServerSocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET).bind(ENDPOINT));
                refused(mistake, () -> VsockServerSocketFactory.getDefault().createServerSocket(7100));
                refused(mistake, () -> {
                    VsockSocketImplFactory.install();
                    return "installed";
                });
                refused(mistake, Vsock::inheritedChannels);
                contains(mistake, Vsock.report().get(0));
                contains(mistake, Vsock.report().get(7));
            }
        }

        private static void refused(String[] mistake, Callable<?> call) throws Exception {
            try {
                System.out.println(mistake[0] + ": " + call.call());
            } catch (IllegalArgumentException e) {
                contains(mistake, e.getMessage());
            }
        }

        private static void contains(String[] mistake, String text) {
            if (!text.contains(mistake[1]))
                System.out.println(text + "\n  lacks: " + mistake[1]);
        }
    }

    @Test
    void aMistakeOpensNoListener() throws Exception {
        assertEquals("", ChildJvm.of(Mistaken.class).run().succeeded().text());
    }

    /** A rule for vsock ports says nothing of TCP. */
    static final class ByTcp {
        public static void main(String[] args) throws IOException {
            try (ServerSocketChannel server = ServerSocketChannel.open()
                     .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                 SocketChannel client = SocketChannel.open(server.getLocalAddress());
                 SocketChannel peer = server.accept()) {
                System.out.println(peer.getRemoteAddress().equals(client.getLocalAddress()));
            }
        }
    }

    @Test
    void aTcpListenerIsLeftAlone() throws Exception {
        assertEquals(List.of("true"), ChildJvm.of(ByTcp.class).property(PROPERTY, "42").run().succeeded().lines());
    }

    @Test
    void theLogTellsOfTheFirstRefusalOfEachListener() throws Exception {
        List<String> lines = program("guests").arguments(7100, 7101).run().succeeded().lines().stream()
            .filter(line -> line.startsWith("WARNING: ")).toList();
        assertEquals(2, lines.size(), lines::toString);
        assertTrue(lines.get(0).matches("WARNING: vsock:any:7100 refused a connection of vsock:local:\\d+, because of"
            + " the rule guests of -Dio.niovsock.acceptFrom; this is told once for a listener, and counted in"
            + " Vsock.report\\(\\)"), lines::toString);
        assertTrue(lines.get(1).startsWith("WARNING: vsock:any:7101 refused "), lines::toString);
    }

    @Test
    void theTraceTellsOfARefusal() throws Exception {
        String text = program("7101=guests").property("io.niovsock.trace", true).arguments("7100=host", 7101).run()
            .succeeded().text();
        assertTrue(text.matches("(?s).*INFO: listener at vsock:any:7100, accept vsock:local:\\d+: refused, because of"
            + " VSOCK_ACCEPT_FROM=host; 1 refused so far\n.*"), text);
        assertTrue(text.matches("(?s).*INFO: listener at vsock:any:7101, accept vsock:local:\\d+: refused, because of"
            + " the rule 7101=guests of -Dio.niovsock.acceptFrom; 1 refused so far\n.*"), text);
    }

    /** What a user can ask. */
    static final class Asking {
        public static void main(String[] args) {
            System.out.println(Vsock.explain(VsockSocketAddress.any(7100)));
            System.out.println(Vsock.explain(VsockSocketAddress.any(7101)));
            System.out.println(Vsock.explain(new InetSocketAddress("127.0.0.1", 7200)));
            System.out.println(Vsock.explain(VsockSocketAddress.of(42, 7100))); // of another machine
            Vsock.report().stream().filter(line -> line.startsWith("accept rules: ")).forEach(System.out::println);
        }
    }

    @Test
    void theExplanationOfAListenersAddressHasTheRule() throws Exception {
        assertEquals(List.of(
            "vsock:any:7100: vsock, by its type; a listener at this port accepts from local,host, by the rule"
                + " 7100=host,local of -Dio.niovsock.acceptFrom",
            "vsock:any:7101: vsock, by its type",
            "/127.0.0.1:7200: vsock, as vsock:local:7100, by the rule 127.0.0.1=local:7100 of -Dio.niovsock.rules;"
                + " a listener at this port accepts from local,host, by the rule 7100=host,local of"
                + " -Dio.niovsock.acceptFrom",
            "vsock:42:7100: vsock, by its type",
            "accept rules: 1 of -Dio.niovsock.acceptFrom; connections refused: 0"),
            ChildJvm.of(Asking.class).property(PROPERTY, "7100=host,local")
                .property("io.niovsock.rules", "127.0.0.1=local:7100").run().succeeded().lines());
    }
}
