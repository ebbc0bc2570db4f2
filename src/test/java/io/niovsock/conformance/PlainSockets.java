// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.VsockSocketOptions;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

/** Plain sockets of java.net in a JVM with the agent, which a rule makes vsock: the program of {@link AgentTest}. */
final class PlainSockets extends TimedReadContract implements RepeatedReadContract {
    static final String PASSED = "passed: ";
    static final String FAILED = "failed: ";

    public static void main(String[] arguments) {
        LauncherDiscoveryRequest cases =
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(PlainSockets.class)).build();
        Launcher launcher = LauncherFactory.create();
        launcher.execute(cases, new Printer(launcher));
    }

    /** Prints a line for each test, after the stack of one that has failed. */
    private record Printer(Launcher launcher) implements TestExecutionListener {
        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            result.getThrowable().ifPresent(failure -> failure.printStackTrace(System.out));
            String name = test.getLegacyReportingName() + " " + test.getDisplayName();
            if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL)
                System.out.println(FAILED + name);
            else if (test.isTest())
                System.out.println(PASSED + name);
        }
    }

    @Override
    Stream<Way> ways() {
        return Stream.of(new Way("new Socket()", () -> {
            try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket peer = server.accept();
                assertTrue(client.supportedOptions().contains(VsockSocketOptions.BUFFER_SIZE), "not vsock");
                return new Ends(new SocketEnd(client), new SocketEnd(peer));
            }
        }));
    }
}
