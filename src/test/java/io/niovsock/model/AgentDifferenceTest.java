// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.testkit.AgentJar;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import net.jqwik.api.Property;
import net.jqwik.engine.JqwikTestEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Random sequences on the sockets of {@code java.net}, in a JVM with the agent, which a rule makes vsock. */
class AgentDifferenceTest {
    private static final int TRIES = 300;
    private static final String NEEDS_21 = "JDK 17 does not call Socket.createImpl: run on 21 or later";
    private static final String HOST = "127.0.0.2"; // vsock by rule

    @TempDir
    Path folder;

    /** Runs the properties of a class, and prints the failures. */
    static final class Program {
        public static void main(String[] arguments) {
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            LauncherFactory.create().execute(LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(arguments[0])).build(), listener);
            PrintWriter out = new PrintWriter(System.out, true);
            listener.getSummary().printFailuresTo(out);
            out.println(listener.getSummary().getTestsSucceededCount() + " held, "
                + listener.getSummary().getTestsFailedCount() + " failed");
        }
    }

    /** An address that is vsock, with a port of the system's choice. */
    static SocketAddress vsock() {
        return new InetSocketAddress(HOST, 0);
    }

    private void assertHeld(int properties, Class<?> type, String argument) throws Exception {
        ChildJvm jvm = ChildJvm.of(Program.class).withTestPlatform().option("-esa")
            .with(JqwikTestEngine.class).with(Property.class)
            .option(AgentJar.option(folder, argument)).property("io.niovsock.rules", HOST + "=local")
            .property("jqwik.tries.default", TRIES).arguments(type.getName());
        String printed = jvm.run(Machine.PATIENCE.multipliedBy(2)).succeeded().text();
        assertTrue(printed.endsWith(properties + " held, 0 failed"), printed);
    }

    @Test
    void socketsOfTheAgentsFactory() throws Exception {
        assertHeld(3, AgentSockets.class, "");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = NEEDS_21)
    void socketsThatTheAgentRedirects() throws Exception {
        assertHeld(3, AgentSockets.class, "redirect");
    }

    @Test
    void datagramSockets() throws Exception {
        if (!Machine.isEmulated())
            throw Skip.because("the kernel's loopback carries no datagrams: run this on the emulated transport");
        assertHeld(1, AgentDatagramSockets.class, "");
    }
}
