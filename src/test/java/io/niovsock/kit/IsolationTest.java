// SPDX-License-Identifier: Apache-2.0
package io.niovsock.kit;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.test.Guest;
import io.niovsock.test.NoKernelVsock;
import io.niovsock.test.VsockMachine;
import io.niovsock.test.VsockMachines;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.LauncherSessionListener;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Machines of one set meet no endpoint of another set, of another JVM, of the process, or of the kernel. */
class IsolationTest implements KitTest {
    private static final int PORT = 5000;

    @Test
    void testsThatRunAtTheSameTimeDoNotMeet() throws Exception {
        int tests = 4;
        CyclicBarrier together = new CyclicBarrier(tests);
        List<Background<String>> running = new ArrayList<>();
        for (int i = 0; i < tests; i++) {
            String name = "test " + i;
            running.add(Background.start(() -> heardBy(name, together)));
        }
        for (int i = 0; i < tests; i++)
            try (Background<String> test = running.get(i)) {
                assertEquals("test " + i, test.result());
            }
    }

    /** All connect to the same endpoint at the same time; the text is what this one's listener has heard. */
    private static String heardBy(String name, CyclicBarrier together) throws Exception {
        try (VsockMachines machines = VsockMachines.create();
             ServerSocketChannel server = machines.host().listen(PORT)) {
            together.await();
            try (SocketChannel client = machines.guest(42).connect(VsockSocketAddress.host(PORT));
                 SocketChannel accepted = server.accept()) {
                together.await();
                KitTest.say(client, name);
                return KitTest.hear(accepted, name.length());
            }
        }
    }

    @Test
    void theProcessHasEndpointsOfItsOwn(VsockMachine host) throws Exception {
        try (ServerSocketChannel outside = ChannelKind.VSOCK.listen()) {
            VsockSocketAddress where = (VsockSocketAddress) outside.getLocalAddress();
            assertFails(ConnectException.class, () -> host.connect(where));
            assertFails(ConnectException.class, () -> host.connect(VsockSocketAddress.host(where.getVsockPort())));
            host.listen(where.getVsockPort()).close();
        }
    }

    /** Listens where the parent does, and connects there. */
    static final class Another {
        public static void main(String[] args) throws Exception {
            try (VsockMachines machines = VsockMachines.create()) {
                assertThrows(ConnectException.class, () -> machines.guest(42).connect(VsockSocketAddress.host(PORT)));
                try (ServerSocketChannel server = machines.host().listen(PORT)) {
                    assertTrue(namesOfProcesses().size() > 1, () -> server + " beside " + namesOfProcesses());
                }
                System.out.println("alone");
            }
        }

        /** The names that processes have given to their networks in which a host listens at the port. */
        private static Set<String> namesOfProcesses() {
            try {
                return Pattern.compile("@niovsock/([^/]+)/\\d+/2/" + PORT + "\\n")
                    .matcher(Files.readString(Path.of("/proc/self/net/unix"))).results().map(name -> name.group(1))
                    .collect(Collectors.toSet());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void anotherJvmHasMachinesOfItsOwn(VsockMachine host) throws Exception {
        try (ServerSocketChannel server = host.listen(PORT)) {
            assertEquals("alone", ChildJvm.of(Another.class).withTestPlatform().run().succeeded().text());
        }
    }

    /** Sends nothing, whatever transport it has. */
    static final class OnNoChosenTransport {
        public static void main(String[] args) throws Exception {
            try (VsockMachines machines = VsockMachines.create()) {
                machines.host().listen(PORT).close();
                System.out.println(machines.guest(42).call(() -> Vsock.transport() + ", " + Vsock.localCid()));
            }
        }
    }

    @Test
    void aJvmNeedsNoProperty() throws Exception {
        assertEquals("emulated, 42", ChildJvm.of(OnNoChosenTransport.class).withTestPlatform()
            .without("io.niovsock.transport").run().succeeded().text());
    }

    @Test
    void nothingIsLeftAfterTheTest() throws Exception {
        VsockMachine guest;
        ServerSocketChannel left;
        SocketChannel client;
        String name;
        try (VsockMachines machines = VsockMachines.create()) {
            guest = machines.guest(4294967294L);
            left = guest.listen(4294967293L);
            client = machines.host().connect(guest.address(4294967293L));
            name = names("4294967294/4294967293");
            assertFalse(name.isEmpty());
        }
        assertFalse(left.isOpen());
        assertFalse(client.isOpen());
        assertEquals("", names("4294967294/4294967293"));
        assertThrows(IllegalStateException.class, () -> guest.listen(PORT));
    }

    private static String names(String end) throws IOException {
        return String.join(" ", Files.readAllLines(Path.of("/proc/self/net/unix")).stream()
            .filter(line -> line.endsWith(end)).toList());
    }

    /** A thread that a test has started, and the next one uses, does not stay with the machine of the first. */
    @Test
    void aThreadThatOutlivesItsMachineActsAsNone() throws Exception {
        CyclicBarrier gone = new CyclicBarrier(2);
        Background<Long> outliving;
        try (VsockMachines machines = VsockMachines.create()) {
            outliving = machines.guest(42).call(() -> Background.start(() -> {
                gone.await();
                return Vsock.localCid();
            }));
        }
        try (outliving) {
            gone.await();
            assertEquals(Vsock.localCid(), outliving.result());
        }
    }

    // -- without a machine

    /** Only opens and binds sockets: that sends nothing, whatever transport they have. */
    static final class WithoutMachine {
        public static void main(String[] args) throws Exception {
            if (args.length > 0)
                new NoKernelVsock().launcherSessionOpened(null);
            try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                System.out.println("opened " + channel);
            } catch (IOException e) {
                System.out.println(e.getClass().getName() + ": " + e.getMessage());
                System.out.println(Vsock.transport() + ", " + Vsock.localCid());
                assertThrows(IOException.class, () -> {
                    try (ServerSocketChannel server = ServerSocketChannel.open()) {
                        server.bind(VsockSocketAddress.parse("vsock:local:5000"));
                    }
                });
            }
        }
    }

    @Test
    void aThreadWithoutAMachineOpensNoSocket() throws Exception {
        String text = ChildJvm.of(WithoutMachine.class).withTestPlatform().without("io.niovsock.transport")
            .arguments("with the listener").run().succeeded().text();
        assertTrue(text.endsWith("emulated, 4294967295"), text);
        assertTrue(text.startsWith("java.net.SocketException: open a vsock socket in thread main: it acts as no machine"
            + " of the test kit"), text);
    }

    @Test
    void aTransportThatIsChosenStays() throws Exception {
        String text = ChildJvm.of(WithoutMachine.class).withTestPlatform().property("io.niovsock.transport", "emulated")
            .arguments("with the listener").run().succeeded().text();
        assertTrue(text.startsWith("opened "), text);
    }

    @Test
    void theLauncherFindsTheListener() throws Exception {
        Path services = Path.of("testkit/src/main/resources/META-INF/services");
        assertEquals(NoKernelVsock.class.getName(),
            Files.readString(services.resolve(LauncherSessionListener.class.getName())).strip());
    }

    static final class OnTheKernel {
        public static void main(String[] args) {
            System.out.println(assertThrows(IllegalStateException.class, VsockMachines::create).getMessage());
        }
    }

    @Test
    void theKernelsTransportExcludesMachines() throws Exception {
        String text = ChildJvm.of(OnTheKernel.class).withTestPlatform().property("io.niovsock.transport", "kernel")
            .run().succeeded().text();
        assertTrue(text.startsWith("-Dio.niovsock.transport=kernel: "), text);
    }

    @Test
    void aMachineDoesNotReachTheNextSetOfTheSameCids(@Guest(cid = 42) VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = guest.listen(PORT); VsockMachines others = VsockMachines.create()) {
            others.guest(42);
            assertFails(ConnectException.class, () -> others.host().connect(VsockSocketAddress.of(42, PORT)));
            others.guest(42).listen(PORT).close();
            assertFails(BindException.class, () -> guest.listen(PORT));
        }
    }
}
