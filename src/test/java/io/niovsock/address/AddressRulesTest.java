// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Internet addresses that a rule makes vsock, and addresses that are refused. */
class AddressRulesTest {
    /** Connects to Internet addresses, listens at them, and prints the results. */
    static final class Program {
        public static void main(String[] args) throws IOException {
            for (String arg : args) {
                int colon = arg.lastIndexOf(':');
                InetSocketAddress address = new InetSocketAddress(arg.substring(0, colon),
                    Integer.parseInt(arg.substring(colon + 1)));
                try (ServerSocketChannel server = ServerSocketChannel.open().bind(address);
                     SocketChannel client = SocketChannel.open(server.getLocalAddress());
                     SocketChannel accepted = server.accept()) {
                    client.write(ByteBuffer.wrap(new byte[1]));
                    accepted.read(ByteBuffer.allocate(1));
                    System.out.println(server.getLocalAddress() + vsock(address));
                }
            }
        }
    }

    /** The endpoint that {@link Vsock#explain} names, or nothing. */
    private static String vsock(SocketAddress address) {
        return Vsock.explain(address).replaceFirst("(?s).*vsock, as( [^ ,]*),.*|.*", "$1");
    }

    private static ChildJvm program(String property, String value) {
        return ChildJvm.of(Program.class).property(property, value);
    }

    @Test
    void aRuleMakesAnAddressVsock() throws Exception {
        String rules = "127.0.0.1=local,0.0.0.0=any,[::1]:7000=local:70000";
        assertEquals("/127.0.0.1:7001 vsock:local:7001\n/0.0.0.0:7002 vsock:any:7002\n"
                + "/[0:0:0:0:0:0:0:1]:7000 vsock:local:70000",
            program("io.niovsock.rules", rules).arguments("127.0.0.1:7001", "0.0.0.0:7002", "::1:7000").run()
                .succeeded().text());
    }

    @Test
    void anAddressWithoutARuleStaysTcp() throws Exception {
        assertTrue(program("io.niovsock.rules", "127.0.0.2=local").arguments("127.0.0.1:0").run().succeeded().text()
            .startsWith("/127.0.0.1:"));
    }

    /** A rule does not change channels of TCP's own family: they can use the same address and port. */
    static final class BothAtOneAddress {
        public static void main(String[] args) throws IOException {
            InetSocketAddress address = new InetSocketAddress("127.0.0.1", 0);
            try (ServerSocketChannel tcp = ServerSocketChannel.open(StandardProtocolFamily.INET).bind(address)) {
                SocketAddress where = tcp.getLocalAddress();
                try (SocketChannel nobody = SocketChannel.open(where)) {
                    System.out.println("connected to " + nobody.getRemoteAddress());
                } catch (ConnectException e) {
                    System.out.println(e.getMessage());
                }
                try (ServerSocketChannel vsock = ServerSocketChannel.open().bind(where);
                     SocketChannel byTcp = SocketChannel.open(StandardProtocolFamily.INET);
                     SocketChannel byVsock = SocketChannel.open(where)) {
                    byTcp.connect(where);
                    System.out.println(byVsock.getRemoteAddress().equals(vsock.getLocalAddress()) + " "
                        + byTcp.getRemoteAddress().equals(where));
                }
            }
        }
    }

    @Test
    void aRuleForALocalAddressLeavesItToTcpToo() throws Exception {
        List<String> lines = ChildJvm.of(BothAtOneAddress.class).property("io.niovsock.rules", "127.0.0.1=local").run()
            .succeeded().lines();
        assertTrue(lines.get(0).startsWith("Connection refused: connect to vsock:local:"), lines::toString);
        assertEquals("true true", lines.get(1));
    }

    @Test
    void mappedAddressesAreVsockWhereTheyAreLetIn() throws Exception {
        assertEquals("vsock:local:7003",
            program("io.niovsock.mapped", "true").arguments("ff11:76:736f:636b::1:7003").run().succeeded().text());
    }

    @Test
    void mappedAddressesAreRefusedOtherwiseWithTheFlagThatLetsThemIn() throws Exception {
        InetSocketAddress mapped = new InetSocketAddress(InetAddress.getByName("ff11:76:736f:636b::1"), 7004);
        SocketException refusal = assertFails(SocketException.class, () -> SocketChannel.open(mapped));
        assertTrue(refusal.getMessage().contains("io.niovsock.mapped=true"), refusal::getMessage);
        assertTrue(refusal.getMessage().contains("vsock:local:7004"), refusal::getMessage);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "10.0.0.5 | expected [connect|bind] IP",
        "listen 10.0.0.5=3 | neither an IPv4 literal",
        "!10.0.0.5=3 | an exception has no '='",
        "10.0.0.5/16=3 | bits beyond its prefix: 10.0.0.0/16 has none",
        "10.0.0.0/33=3 | prefix length '33' is out of range: 0 to 32",
        "[fd00::]/x=3 | prefix length 'x'",
        "10.0.0.5:90-80=3 | the first is beyond the last",
        "10.0.0.5:80-90=3:8080-8085 | are not as many",
        "10.0.0.0/8=4294967000+host | the last address of the prefix has no CID",
        "connect bind 10.0.0.5=3 | neither an IPv4 literal",
        "10.7.0.0/24=local+host | 'local+host': +host is added to a number only",
        "10.0.0.5:80-81=3:4294967294-any | have 'any', which is no port of a range",
        "10.0.0.5=3:70000-135535 | shift port 0, which asks for a free port",
        "[::ffff:10.0.0.0]/24=3 | prefix length '24' is out of range: 96 to 128",
        "example.org=3 | neither an IPv4 literal",
        "10.0.0.5=x | CID 'x'",
        "10.0.0.5= | no CID",
        "10.0.0.5:65536=3 | port '65536'",
        "10.0.0.5=3:4294967296 | out of range",
        "::1=local | neither an IPv4 literal",
        "10.0.0.999=3 | neither an IPv4 literal" })
    void aRuleThatCannotBeReadIsRefusedAtTheStart(String rule, String why) throws Exception {
        String output = program("io.niovsock.rules", "127.0.0.1=local," + rule).arguments("127.0.0.1:0").run().failed()
            .text();
        assertTrue(output.contains("IllegalArgumentException: -Dio.niovsock.rules: rule 2 '" + rule + "'"), output);
        assertTrue(output.contains(why), output);
    }

    @Test
    void theFormerNameOfThePropertyIsReadWhereTheNewOneIsNotSet() throws Exception {
        String output = program("io.niovsock.map", "127.0.0.1=nonsense").arguments("127.0.0.1:0").run().failed().text();
        assertTrue(output.contains("rule 1 '127.0.0.1=nonsense'"), output);
        output = program("io.niovsock.map", "127.0.0.1=nonsense").property("io.niovsock.rules", "127.0.0.2=local")
            .arguments("127.0.0.1:0").run().succeeded().text();
        assertTrue(output.startsWith("/127.0.0.1:"), output);
    }

    @Test
    void theDecisionIsExplained() throws Exception {
        assertTrue(Vsock.explain(VsockSocketAddress.of(3, 80)).contains("vsock, by its type"));
        assertTrue(Vsock.explain(new InetSocketAddress("127.0.0.1", 80)).contains("the platform's"));
        assertTrue(Vsock.explain(new InetSocketAddress(InetAddress.getByName("ff11:76:736f:636b::3"), 80))
            .contains("refused"));
    }
}
