// SPDX-License-Identifier: Apache-2.0
package io.niovsock.agent;

import io.niovsock.testkit.AgentJar;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The factory for the whole JVM, installed by the program or by the agent. */
class InstallingTest {
    private static final List<String> TALKED =
        List.of("InetSocketAddress true true", "VsockSocketAddress true true", "done");

    private static ChildJvm jvm(String program) {
        return ChildJvm.of(InstallingProgram.class).arguments(program);
    }

    private static List<String> linesOf(ChildJvm jvm) throws Exception {
        return jvm.run().succeeded().lines();
    }

    private static String agentOption(Path folder) throws IOException {
        return AgentJar.option(folder, "");
    }

    @Test
    void a_program_installs_it() throws Exception {
        assertEquals(TALKED, linesOf(jvm("installAndTalk")));
    }

    @Test
    void a_program_sets_the_factories_itself() throws Exception {
        assertEquals(TALKED, linesOf(jvm("setByHandAndTalk")));
    }

    @Test
    void the_agent_installs_it(@TempDir Path folder) throws Exception {
        assertEquals(TALKED, linesOf(jvm("talk").option(agentOption(folder))));
    }

    /** Prints the switches of three Nettys. */
    static final class NettySwitches {
        public static void main(String[] args) {
            System.out.println(System.getProperty("io.netty.transport.noNative") + " "
                + System.getProperty("io.grpc.netty.shaded.io.netty.transport.noNative") + " "
                + System.getProperty("io.micrometer.shaded.io.netty.transport.noNative"));
        }
    }

    @Test
    void the_agent_makes_netty_use_nio_and_says_so_if_there_is_a_netty(@TempDir Path folder) throws Exception {
        Path netty = Files.createDirectories(folder.resolve("netty"));
        Files.createFile(Files.createDirectories(netty.resolve("io/netty/channel")).resolve("Channel.class"));
        ChildJvm jvm = ChildJvm.of(NettySwitches.class).option(agentOption(folder));
        assertEquals(List.of("true true true"), linesOf(jvm));
        assertEquals(List.of("nio-vsock: the agent sets -Dio.netty.transport.noNative=true, since Netty's native"
            + " sockets cannot become vsock (=false leaves them)", "true true true"), linesOf(jvm.first(netty)));
        assertEquals(List.of("false true true"), linesOf(jvm.property("io.netty.transport.noNative", false)));
    }

    @Test
    void without_it_nothing_is_vsock() throws Exception {
        String text = jvm("talk").run().failed().text();
        assertTrue(text.contains("InetSocketAddress true true"), text);
        assertFalse(text.contains("VsockSocketAddress true"), text);
    }

    @Test
    void with_the_agent_a_host_and_a_port_reach_vsock_where_the_user_allows_it(@TempDir Path folder) throws Exception {
        assertEquals(List.of("ff11:76:736f:636b:0:0:0:1 true true", "done"),
            linesOf(jvm("talkByHostAndPort").option(agentOption(folder)).property("io.niovsock.mapped", true)));
        String refused = jvm("talkByHostAndPort").option(agentOption(folder)).run().failed().text();
        assertTrue(refused.contains("-Dio.niovsock.mapped=true"), refused);
    }

    @Test
    void with_the_agent_a_url_reaches_vsock(@TempDir Path folder) throws Exception {
        assertEquals(List.of("from vsock: true", "done"),
            linesOf(jvm("httpByUrl").option(agentOption(folder)).property("io.niovsock.mapped", true)));
    }

    /** Its sockets would be TCP, and listen to everyone. */
    @ParameterizedTest
    @CsvSource({ "io.niovsock.rules,", "io.niovsock.acceptFrom,", "io.niovsock.acceptFrom,redirect" })
    void with_a_rule_that_cannot_be_read_the_program_does_not_start(String property, String argument,
                                                                    @TempDir Path folder) throws Exception {
        String text = jvm("talk").option(AgentJar.option(folder, argument == null ? "" : argument))
            .property(property, "nonsense").run().failed().text();
        assertTrue(text.contains("IllegalArgumentException: -D" + property), text);
        assertTrue(text.contains("nonsense"), text);
        assertFalse(text.contains("InetSocketAddress"), text);
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_23, disabledReason = "later JDKs have no security managers")
    void where_a_security_manager_hides_the_rules_the_program_does_not_start(@TempDir Path folder) throws Exception {
        String text = jvm("talk").option(agentOption(folder)).option("-Djava.security.manager").run().failed().text();
        assertTrue(text.contains("nio-vsock cannot read its rules; its jar needs all permissions"), text);
        assertFalse(text.contains("InetSocketAddress"), text);
    }

    @Test
    void the_agent_says_why_it_has_no_effect(@TempDir Path folder) throws Exception {
        String text = jvm("talk").option(agentOption(folder))
            .property("io.niovsock.library", "/nowhere/libniovsock.so").run().failed().text();
        assertTrue(text.startsWith("nio-vsock: the agent is without effect, java.net sockets stay TCP: "), text);
        assertTrue(text.contains("/nowhere/libniovsock.so"), text);
        assertTrue(text.contains("InetSocketAddress true true"), text);
    }

    @Test
    void what_was_made_before_stays_tcp() throws Exception {
        List<String> lines = linesOf(jvm("earlierSocketStaysTcp"));
        assertEquals("an earlier server socket accepts true", lines.get(0));
        assertTrue(lines.get(1).startsWith("an earlier socket throws java.net."), () -> String.join("\n", lines));
    }

    @Test
    void another_factory_is_left_alone() throws Exception {
        assertEquals(List.of("another socket factory is set already: io.niovsock.agent.InstallingProgram$Another",
            "true", "done"), linesOf(jvm("anotherFactoryOfSockets")));
        assertEquals(List.of("another server socket factory is set already", "true", "done"),
            linesOf(jvm("anotherFactoryOfServerSockets")));
    }

    @Test
    void tcp_goes_through_a_socks_proxy_and_vsock_does_not() throws Exception {
        assertEquals(List.of("through the proxy: SOCKS : No acceptable methods", "NO_PROXY: true", "vsock: true",
            "done"),
            linesOf(jvm("socksProxy")));
    }

    @Test
    void a_program_accepts_into_sockets_of_its_own() throws Exception {
        assertEquals(List.of("OwnSocket 11 777", "OwnSocket 11 777", "done"),
            linesOf(jvm("acceptIntoASocketOfOnesOwn")));
    }
}
