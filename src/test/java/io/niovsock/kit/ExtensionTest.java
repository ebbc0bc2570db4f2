// SPDX-License-Identifier: Apache-2.0
package io.niovsock.kit;

import io.niovsock.VsockSocketAddress;
import io.niovsock.test.Guest;
import io.niovsock.test.VsockExtension;
import io.niovsock.test.VsockMachine;
import io.niovsock.test.VsockMachines;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

/** What the extension gives to a test, and what it finds after it. JUnit runs the classes within this one. */
class ExtensionTest implements KitTest {
    private static final int PORT = 5000;

    /** Runs the tests of a class, and returns the failures. */
    private static List<Throwable> failuresOf(Class<?> tests, int count) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(tests)).filters(EngineFilter.includeEngines("junit-jupiter"))
            .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "false") // not LeakCheck
            .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        assertEquals(count, summary.getTestsStartedCount());
        List<Throwable> failures = new ArrayList<>();
        for (TestExecutionSummary.Failure failure : summary.getFailures())
            failures.add(failure.getException());
        return failures;
    }

    @ExtendWith(VsockExtension.class)
    static class Leaving {
        static SocketChannel left;

        @Test
        void opens(VsockMachine host, @Guest(cid = 42) VsockMachine guest) throws Exception {
            try (ServerSocketChannel server = host.listen(PORT)) {
                left = guest.connect(host.address(PORT));
                server.accept().close();
            }
        }
    }

    @Test
    void whatIsLeftOpenFailsTheTestAndIsClosed() {
        List<Throwable> failures = failuresOf(Leaving.class, 1);
        assertEquals(1, failures.size(), failures::toString);
        Throwable leak = failures.get(0);
        assertTrue(leak.getMessage().startsWith("vsock channels are left open: "), leak::toString);
        assertEquals(1, leak.getSuppressed().length);
        Throwable open = leak.getSuppressed()[0];
        assertTrue(open.getMessage().startsWith("guest 42 has open: "), open::getMessage);
        assertTrue(open.getMessage().contains("remote=vsock:host:5000"), open::getMessage);
        assertTrue(Arrays.stream(open.getCause().getStackTrace()).anyMatch(frame ->
            frame.getClassName().equals(Leaving.class.getName())), "the stack trace shows where it was opened");
        assertTrue(!Leaving.left.isOpen());
    }

    @ExtendWith(VsockExtension.class)
    static class LeavingOnPurpose {
        @Test
        void opens(VsockMachines machines) throws IOException {
            machines.leaveOpen().host().listen(PORT).configureBlocking(false);
        }
    }

    @Test
    void theCheckCanBeTurnedOff() {
        assertEquals(List.of(), failuresOf(LeavingOnPurpose.class, 1));
    }

    @ExtendWith(VsockExtension.class)
    static class Failing {
        @Test
        void opensAndFails(VsockMachine host) throws IOException {
            host.listen(PORT).configureBlocking(false);
            fail("of the test");
        }
    }

    @Test
    void aTestThatHasFailedReportsOnlyThat() {
        List<Throwable> failures = failuresOf(Failing.class, 1);
        assertEquals("of the test", failures.get(0).getMessage());
        assertEquals(0, failures.get(0).getSuppressed().length);
    }

    @ExtendWith(VsockExtension.class)
    static class ClosingLate {
        @Test
        void opens(VsockMachine host) throws Exception {
            ServerSocketChannel server = host.listen(PORT);
            Thread closer = new Thread(() -> {
                try {
                    server.close();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            closer.start(); // it may well end after the test
        }
    }

    @Test
    void aThreadHasTimeToClose() {
        assertEquals(List.of(), failuresOf(ClosingLate.class, 1));
    }

    @ExtendWith(VsockExtension.class)
    static class EachOfItsOwn {
        private static VsockMachines last;
        private VsockMachines before;

        @BeforeEach
        void begins(VsockMachines machines, VsockMachine host) {
            before = machines;
            assertSame(machines.host(), host);
        }

        @AfterEach
        void ends(VsockMachines machines) {
            assertSame(before, machines);
            assertNotSame(last, machines);
            last = machines;
        }

        @Test
        void one(VsockMachine host, @Guest(cid = 42) VsockMachine guest, @Guest(cid = 42) VsockMachine same) {
            assertSame(guest, same);
            assertSame(before.guest(42), guest);
            assertSame(before.host(), host);
        }

        @Test
        void another(VsockMachine host) throws IOException {
            assertThrows(ConnectException.class, () -> host.connect(VsockSocketAddress.host(PORT)));
            host.listen(PORT).close();
        }
    }

    @Test
    void eachTestHasMachinesOfItsOwn() {
        assertEquals(List.of(), failuresOf(EachOfItsOwn.class, 2));
    }

    @ExtendWith(VsockExtension.class)
    static class Shared {
        private static VsockMachines all;
        private static ServerSocketChannel server;

        @BeforeAll
        static void listens(VsockMachines machines) throws IOException {
            all = machines;
            server = machines.host().listen(PORT);
        }

        @Test
        void one(VsockMachines machines) throws IOException {
            assertSame(all, machines);
            machines.guest(42).connect(VsockSocketAddress.host(PORT)).close();
        }

        @Test
        void another(@Guest(cid = 42) VsockMachine guest) throws IOException {
            guest.connect(VsockSocketAddress.host(PORT)).close();
        }
    }

    @Test
    void testsCanShareTheMachinesOfTheirClass() {
        List<Throwable> failures = failuresOf(Shared.class, 2);
        assertEquals(1, failures.size(), "the listener is left open");
        assertTrue(failures.get(0).getSuppressed()[0].getMessage().startsWith("host has open: "), failures::toString);
        assertTrue(!Shared.server.isOpen());
    }

    @ExtendWith(VsockExtension.class)
    static class Misplaced {
        @Test
        void guestOfAll(@Guest(cid = 42) VsockMachines machines) { }

        @Test
        void hostAsGuest(@Guest(cid = 2) VsockMachine machine) { }
    }

    @Test
    void aGuestIsAMachineWithACidOfItsOwn() {
        List<Throwable> failures = failuresOf(Misplaced.class, 2);
        assertEquals(2, failures.size(), failures::toString);
    }
}
