// SPDX-License-Identifier: Apache-2.0
package io.niovsock.agent;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.AgentJar;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnJre;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the agent does beyond a factory, and instead of one. */
class RedirectedSocketsTest {
    private static final String CAUGHT = "of nio-vsock";
    private static final String NEEDS_21 = "JDK 17 does not call Socket.createImpl: run on 21 or later";

    @TempDir
    Path folder;

    private ChildJvm jvm(String program, String argument) throws Exception {
        return ChildJvm.of(InstallingProgram.class).arguments(program).option(AgentJar.option(folder, argument))
            .option("-esa");
    }

    private static List<String> linesOf(ChildJvm jvm) throws Exception {
        return jvm.run().succeeded().lines();
    }

    @Test
    void aSocketWithAnExplicitProxyReachesTheProxyByARule() throws Exception {
        List<String> expected = List.of("through the proxy 42", "direct localhost/127.0.0.1:7511", "done");
        ChildJvm jvm = jvm("explicitProxyByRule", "").property("io.niovsock.rules", "127.0.0.1=local");
        assertEquals(expected, linesOf(jvm));
        String traced = jvm.property("io.niovsock.trace", true).run().succeeded().text();
        assertTrue(traced.contains("Socket, connect localhost/127.0.0.1:7510: vsock"), traced);
        assertTrue(traced.contains("Socket, connect localhost/127.0.0.1:7511: vsock"), traced);
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_21, disabledReason = "JDK 25 has no such sockets")
    void aSocketOfDatagramsDoesNotBecomeAStream() throws Exception {
        List<String> lines = linesOf(jvm("datagramsByRule", "").property("io.niovsock.rules", "127.0.0.1=local"));
        assertEquals(List.of("java.net.SocketException: vsock:local:7512: a Socket of datagrams is never vsock; use"
            + " DatagramSocket, or a DatagramChannel", "done"), lines);
    }

    @Test
    void theReportSaysWhatIsCaught() throws Exception {
        assertEquals(List.of("java.net sockets: " + CAUGHT, "Socket(Proxy): " + CAUGHT, "DatagramSocket: " + CAUGHT,
            "done"), linesOf(jvm("report", "")));
        String plain = ChildJvm.of(InstallingProgram.class).arguments("report").run().succeeded().text();
        for (String kind : List.of("java.net sockets", "Socket(Proxy)", "DatagramSocket"))
            assertTrue(plain.contains(kind + ": the platform's (-javaagent:nio-vsock.jar"), plain);
    }

    @Test
    void anotherArgumentIsRefused() throws Exception {
        String text = jvm("report", "redirekt").run().succeeded().text();
        assertTrue(text.startsWith("nio-vsock: the agent is without effect, java.net sockets stay TCP: its only"
            + " argument is redirect, not 'redirekt'"), text);
    }

    @Test
    @EnabledOnJre(value = JRE.JAVA_17, disabledReason = "JDK 21 and later can redirect these sockets")
    void jdk17SaysThatItCannotRedirectAllSockets() throws Exception {
        String text = jvm("report", "redirect").run().succeeded().text();
        assertTrue(text.startsWith("nio-vsock: the agent is without effect, java.net sockets stay TCP: "), text);
        assertTrue(text.contains("JDK 21"), text);
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = NEEDS_21)
    void withoutAFactoryTheSameSocketsAreCaught() throws Exception {
        List<String> talked = List.of("InetSocketAddress true true", "VsockSocketAddress true true", "done");
        assertEquals(talked, linesOf(jvm("talk", "redirect")));
        assertEquals(talked, linesOf(jvm("installAndTalk", "redirect")));
        assertEquals(talked, linesOf(jvm("setByHandAndTalk", "redirect")));
        assertEquals(List.of("from vsock: true", "done"),
            linesOf(jvm("httpByUrl", "redirect").property("io.niovsock.mapped", true)));
        assertEquals(List.of("java.net sockets: " + CAUGHT, "Socket(Proxy): " + CAUGHT, "DatagramSocket: " + CAUGHT,
            "done"), linesOf(jvm("report", "redirect")));
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = NEEDS_21)
    void withoutAFactoryProxiesAndSocketsOfTheProgramWorkAsWell() throws Exception {
        assertEquals(List.of("through the proxy: SOCKS : No acceptable methods", "NO_PROXY: true", "vsock: true",
            "done"), linesOf(jvm("socksProxy", "redirect")));
        assertEquals(List.of("OwnSocket 11 777", "OwnSocket 11 777", "done"),
            linesOf(jvm("acceptIntoASocketOfOnesOwn", "redirect")));
        assertEquals(List.of("through the proxy 42", "direct localhost/127.0.0.1:7511", "done"),
            linesOf(jvm("explicitProxyByRule", "redirect").property("io.niovsock.rules", "127.0.0.1=local")));
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = NEEDS_21)
    void theProgramsFactoriesComeFirst() throws Exception {
        assertEquals(List.of("another one", "another one", "done"), linesOf(jvm("ownFactories", "redirect")));
        assertEquals(List.of("accepted, read 7", "done"), linesOf(jvm("ownClientFactory", "redirect")));
    }

    @Test
    void noOtherClassMakesTheSocketsOfTheJvm() throws Exception {
        assertEquals(List.of("0 public fields", "set already", "done"), linesOf(jvm("takeOver", "")));
    }

    @Test
    void theAgentStartsWithTheLibraryOnTheModulePath() throws Exception {
        String library = ChildJvm.folderOf(VsockSelectorProvider.class).toString();
        List<String> lines = linesOf(jvm("report", "").option("--module-path=" + library)
            .option("--add-modules=io.niovsock").option("--add-reads=io.niovsock=ALL-UNNAMED"));
        assertTrue(lines.contains("DatagramSocket: " + CAUGHT), () -> String.join("\n", lines));
    }
}
