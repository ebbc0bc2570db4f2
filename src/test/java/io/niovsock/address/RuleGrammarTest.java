// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.Vsock;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What each form of a rule makes of an address. */
class RuleGrammarTest {
    /** Prints the decision for each address. */
    static final class Program {
        public static void main(String[] args) {
            for (String arg : args) {
                int colon = arg.lastIndexOf(':');
                System.out.println(Vsock.explain(new InetSocketAddress(arg.substring(0, colon),
                    Integer.parseInt(arg.substring(colon + 1)))));
            }
        }
    }

    /** The decisions, without the address before them and the rule behind. */
    private static List<String> decisions(String rules, String... addresses) throws Exception {
        return ChildJvm.of(Program.class).property("io.niovsock.rules", rules).arguments((Object[]) addresses).run()
            .succeeded().lines().stream().map(RuleGrammarTest::decision).collect(Collectors.toList());
    }

    private static String decision(String explanation) {
        return Stream.of(explanation.substring(explanation.indexOf(": ") + 2).split("; "))
            .map(part -> part.replaceFirst("the platform's.*", "tcp").replaceFirst("vsock, as ([^ ,]*),.*", "$1"))
            .collect(Collectors.joining("; "));
    }

    @Test
    void aRuleMayHoldForConnectsOrForBinds() throws Exception {
        assertEquals(List.of("to connect: vsock:3:80; to bind: tcp", "to connect: tcp; to bind: vsock:any:80"),
            decisions("connect 10.0.0.5=3, bind  0.0.0.0 = any", "10.0.0.5:80", "0.0.0.0:80"));
    }

    @Test
    void aPrefixHoldsForEachAddressThatBeginsWithIt() throws Exception {
        assertEquals(List.of("vsock:3:80", "vsock:3:80", "tcp", "vsock:4:80", "tcp"),
            decisions("10.1.0.0/16=3,[fd00:1::]/32=4", "10.1.0.0:80", "10.1.255.255:80", "10.2.0.1:80", "fd00:1::9:80",
                "fd00:2::9:80"));
    }

    @Test
    void aPrefixOfNoBitsHoldsForEveryAddressOfItsVersion() throws Exception {
        assertEquals(List.of("vsock:3:80", "vsock:3:80", "tcp"),
            decisions("0.0.0.0/0=3", "192.0.2.1:80", "0.0.0.0:80", "fd00::1:80"));
    }

    @Test
    void theHostsNumberMayBeAddedToTheCid() throws Exception {
        assertEquals(List.of("vsock:107:80", "vsock:355:80", "vsock:65540:9000", "tcp"),
            decisions("10.7.0.0/24=100+host,[fd00::]/100=4+host:9000", "10.7.0.7:80", "10.7.0.255:80", "fd00::1:0:80",
                "10.7.1.0:80"));
    }

    @Test
    void portsMayBeARange() throws Exception {
        assertEquals(List.of("tcp", "vsock:3:80", "vsock:3:89", "tcp"),
            decisions("10.0.0.5:80-89=3", "10.0.0.5:79", "10.0.0.5:80", "10.0.0.5:89", "10.0.0.5:90"));
    }

    @Test
    void portsMayShiftOrBecomeOne() throws Exception {
        assertEquals(List.of("vsock:3:8080", "vsock:3:70005", "vsock:4:5000", "vsock:4:5000"),
            decisions("10.0.0.5:80=3:8080,10.0.0.5:90-99=3:70000-70009,10.0.0.6=4:5000", "10.0.0.5:80", "10.0.0.5:95",
                "10.0.0.6:1", "10.0.0.6:2"));
    }

    @Test
    void anExceptionLeavesItsAddressesToThePlatform() throws Exception {
        assertEquals(List.of("tcp", "vsock:3:81", "to connect: tcp; to bind: vsock:3:80", "vsock:3:80"),
            decisions("!10.1.0.5:80,!connect 10.1.0.6,10.1.0.0/16=3", "10.1.0.5:80", "10.1.0.5:81", "10.1.0.6:80",
                "10.1.0.7:80"));
    }

    @Test
    void aPrefixOfIpv4MappedAddressesIsOneOfIpv4() throws Exception {
        assertEquals(List.of("vsock:3:80", "tcp"),
            decisions("[::ffff:10.1.0.0]/112=3", "10.1.2.3:80", "10.2.0.1:80"));
    }

    @Test
    void theMappedFormLeadsNowhereThatAnExceptionCloses() throws Exception {
        List<String> decisions = decisions("!10.7.0.9,!10.7.0.8:22,10.7.0.0/24=100+host,!10.0.0.5,10.0.0.5=3",
            "ff11:76:736f:636b::6d:80", "ff11:76:736f:636b::6c:22", "ff11:76:736f:636b::3:80",
            "ff11:76:736f:636b::6c:80");
        assertTrue(decisions.subList(0, 3).stream().allMatch(text -> text.contains("refused")), decisions::toString);
        assertTrue(decisions.get(3).startsWith("vsock, as vsock:108:80: it is vsock-mapped"), decisions::toString);
    }

    @Test
    void theFirstRuleThatMatchesApplies() throws Exception {
        assertEquals(List.of("vsock:3:80", "vsock:4:81"),
            decisions("10.0.0.5:80=3,10.0.0.5=4,!10.0.0.5,10.0.0.5=5", "10.0.0.5:80", "10.0.0.5:81"));
    }

    @Test
    void rulesMayBeInAFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("rules"), """
            # machines of the cell
            10.0.0.5 = 3        # the first

            bind 0.0.0.0=any
            """);
        assertEquals(List.of("vsock:3:80", "to connect: tcp; to bind: vsock:any:80"),
            decisions("@" + file, "10.0.0.5:80", "0.0.0.0:80"));
    }

    @Test
    void aFileThatCannotBeReadIsRefusedAndSoIsARuleInItWithItsLine(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("rules");
        assertTrue(refusal(file).contains("-Dio.niovsock.rules=@" + file + ": the file cannot be read"));
        Files.writeString(file, "10.0.0.5=3\n\nlocalhost=local\n");
        assertTrue(refusal(file)
            .contains("-Dio.niovsock.rules=@" + file + ": line 3 'localhost=local': 'localhost' is"));
    }

    private static String refusal(Path file) throws Exception {
        return ChildJvm.of(Program.class).property("io.niovsock.rules", "@" + file).arguments("10.0.0.5:80").run()
            .failed().text();
    }
}
