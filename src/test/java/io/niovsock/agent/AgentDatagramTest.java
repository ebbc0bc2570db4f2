// SPDX-License-Identifier: Apache-2.0
package io.niovsock.agent;

import io.niovsock.testkit.AgentJar;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code DatagramSocket} and {@code MulticastSocket} under the agent. */
class AgentDatagramTest {
    @TempDir
    Path folder;

    private static ChildJvm without(String program) {
        return ChildJvm.of(DatagramProgram.class).arguments(program);
    }

    private ChildJvm jvm(String program) throws Exception {
        return without(program).option(AgentJar.option(folder, "")).option("-esa");
    }

    private static List<String> linesOf(ChildJvm jvm) throws Exception {
        return jvm.run().succeeded().lines();
    }

    @Test
    void udpIsAsWithoutTheAgent() throws Exception {
        List<String> expected = linesOf(without("udp"));
        assertTrue(expected.size() > 80 && expected.contains("receive: one from /127.0.0.1"),
            () -> String.join("\n", expected));
        assertEquals(String.join("\n", expected), String.join("\n", linesOf(jvm("udp"))));
    }

    @Test
    void anInterruptDoesNotCloseASocketAndACloseEndsAReceive() throws Exception {
        assertEquals(List.of("waits true", "java.net.SocketException: Socket closed", "waits true",
            "java.net.SocketException: Socket closed", "done"), linesOf(jvm("interruptAndClose")));
    }

    @Test
    void aRuleMakesThemVsock() throws Exception {
        List<String> lines = linesOf(jvm("byRule").property("io.niovsock.rules", "127.0.0.1=host"));
        assertTrue(lines.get(0).startsWith("localhost/127.0.0.1:7500: vsock"), lines.get(0));
        assertEquals(List.of("at localhost/127.0.0.1:7500", "7 from /127.0.0.1 true", "answer from /127.0.0.1",
            "ttl: returns", "loopback: returns", "of a multicast socket from /127.0.0.1",
            "time to live 3, loopback off true", "with a time to live from /127.0.0.1",
            "join: java.lang.UnsupportedOperationException: vsock has no multicast"),
            lines.subList(1, lines.size() - 1));
    }

    /** As over UDP, where the sender's address follows from the receiver's. */
    @Test
    void aServerAtTheWildcardIsSeenAtItsLoopbackAddress() throws Exception {
        List<String> expected = List.of("from /127.0.0.1", "answer from /127.0.0.1", "from /127.0.0.1",
            "answer from /127.0.0.1", "at the wildcard true", "done");
        assertEquals(expected, linesOf(without("atTheWildcard")));
        assertEquals(expected,
            linesOf(jvm("atTheWildcard").property("io.niovsock.rules", "127.0.0.1=local,0.0.0.0=any")));
    }

    @Test
    void aMappedAddressMakesThemVsockWhereTheUserAllowsIt() throws Exception {
        String literal = "ff11:76:736f:636b:0:0:0:2";
        assertEquals(List.of("at vsock:local:7501", "mapped from " + literal + '/' + literal, "done"),
            linesOf(jvm("byMappedAddress").property("io.niovsock.mapped", true)));
        String refused = jvm("unasked").run().succeeded().text();
        assertTrue(refused.startsWith("send: java.net.SocketException: ")
            && refused.contains("-Dio.niovsock.mapped=true"), refused);
    }

    @Test
    void theTraceTellsWhatTheyBecome() throws Exception {
        String traced = jvm("byRule").property("io.niovsock.rules", "127.0.0.1=host")
            .property("io.niovsock.trace", true).run().succeeded().text();
        for (String use : List.of("bind", "connect"))
            assertTrue(Pattern.compile("DatagramSocket, " + use + " (localhost)?/127.0.0.1:7500: vsock").matcher(traced)
                .find(), traced);
        String udp = jvm("udp").property("io.niovsock.rules", "10.0.0.5=3").property("io.niovsock.trace", true).run()
            .succeeded().text();
        assertTrue(udp.contains("/127.0.0.1:0: the platform's: no rule matches"), udp);
    }

    @Test
    void theProgramsOwnImplementationsComeFirst() throws Exception {
        assertEquals(List.of("open: java.lang.UnsupportedOperationException: the program's factory", "done"),
            linesOf(jvm("ownFactory")));
        assertEquals(List.of("sends 4", "done"), linesOf(jvm("ownImplementation")));
    }
}
