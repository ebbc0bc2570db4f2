// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;
import io.niovsock.VsockSocketImplFactory;
import io.niovsock.testkit.Build;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A JVM that cannot have vsock: everything else works as without the library, and using vsock throws the reason. */
class WithoutVsockTest {
    private static final String LOGGED = "channels and selectors are the platform's own";

    static final class Program {
        private static final InetSocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

        /** @param args the name of another system; the JDK itself must not see it before it is initialized */
        public static void main(String[] args) throws Exception {
            javaNet();
            if (args.length > 0)
                System.setProperty("os.name", args[0]);
            say("provider", SelectorProvider.provider() instanceof VsockSelectorProvider);
            say("inherited", System.inheritedChannel());
            tcp();
            udp();
            pipe();
            javaNet();
            say("available", Vsock.isAvailable());
            say("cause", Vsock.unavailabilityCause().getMessage());
            say("transport", Vsock.transport());
            say("role", Vsock.role());
            say("datagrams", Vsock.isDatagramAvailable());
            say("loopback", Vsock.isLoopbackAvailable());
            say("report", Vsock.report().get(0));
            say("explained", Vsock.explain(VsockSocketAddress.of(3, 5000)));
            say("source", Vsock.localCidSource());
            refused("localCid", Vsock::localCid);
            refused("family", Vsock::addressFamily);
            for (VsockProtocolFamily family : VsockProtocolFamily.values()) {
                refused("stream", () -> SocketChannel.open(family));
                refused("listener", () -> ServerSocketChannel.open(family));
                refused("datagrams", () -> DatagramChannel.open(family));
            }
            refused("passed", () -> Vsock.inheritedChannels());
            refused("factory", () -> new VsockSocketFactory("vsock:3:5000").createSocket());
            refused("install", () -> {
                VsockSocketImplFactory.install();
                return null;
            });
            javaNet();
        }

        private static void say(String what, Object answer) {
            System.out.println(what + ": " + answer);
        }

        private static void refused(String what, Callable<?> call) throws Exception {
            try {
                say(what, call.call());
            } catch (IOException | UnsupportedOperationException e) {
                say("refused " + what, e.getMessage());
            }
        }

        private static boolean isPlatforms(Object... opened) {
            for (Object one : opened)
                if (!one.getClass().getName().startsWith("sun.nio.ch."))
                    return false;
            return true;
        }

        private static void tcp() throws IOException {
            try (Selector selector = Selector.open();
                 ServerSocketChannel server = ServerSocketChannel.open().bind(LOOPBACK);
                 SocketChannel client = SocketChannel.open(server.getLocalAddress());
                 SocketChannel peer = server.accept()) {
                say("platform's", isPlatforms(selector, server, client, peer));
                client.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                peer.write(ByteBuffer.wrap(new byte[3]));
                say("selected", selector.select());
                say("read", client.read(ByteBuffer.allocate(9)));
            }
        }

        private static void udp() throws IOException {
            try (DatagramChannel one = DatagramChannel.open().bind(LOOPBACK);
                 DatagramChannel other = DatagramChannel.open()) {
                say("platform's", isPlatforms(one, other));
                other.send(ByteBuffer.wrap(new byte[5]), one.getLocalAddress());
                ByteBuffer dst = ByteBuffer.allocate(9);
                one.receive(dst);
                say("received", dst.position());
            }
        }

        private static void pipe() throws IOException {
            Pipe pipe = Pipe.open();
            try (Pipe.SourceChannel source = pipe.source(); Pipe.SinkChannel sink = pipe.sink()) {
                say("platform's", isPlatforms(source, sink));
                sink.write(ByteBuffer.wrap(new byte[7]));
                say("piped", source.read(ByteBuffer.allocate(9)));
            }
        }

        private static void javaNet() throws IOException {
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                 Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                 Socket accepted = server.accept()) {
                client.getOutputStream().write(9);
                say("java.net", accepted.getInputStream().read());
            }
        }
    }

    private static void assertPlatformsAlone(ChildJvm jvm, String reason) throws Exception {
        ChildJvm.Result result = jvm.run().succeeded();
        for (String line : List.of("provider: true", "inherited: null", "selected: 1", "read: 3", "received: 5",
            "piped: 7", "java.net: 9",
            "available: false", "transport: emulated", "role: NONE", "datagrams: false", "loopback: false"))
            assertTrue(result.lines().contains(line), () -> "'" + line + "' is not in:\n" + result.text());
        assertEquals(3, result.lines().stream().filter("platform's: true"::equals).count(), result::text);
        assertEquals(3, result.lines().stream().filter("java.net: 9"::equals).count(), result::text);
        for (String what : List.of("cause", "report", "explained", "source", "refused localCid", "refused family",
            "refused passed",
            "refused factory", "refused install", "refused stream", "refused listener", "refused datagrams"))
            assertTrue(result.lines().stream().anyMatch(line -> line.startsWith(what + ": ") && line.contains(reason)),
                () -> what + " says nothing of '" + reason + "':\n" + result.text());
        assertEquals(1, result.lines().stream().filter(line -> line.contains(LOGGED) && line.contains(reason)).count(),
            result::text);
    }

    private static ChildJvm program() {
        return ChildJvm.of(Program.class).property("io.niovsock.transport", "emulated");
    }

    @Test
    void aLibraryThatIsNotThereLeavesThePlatformsChannels() throws Exception {
        assertPlatformsAlone(program().property("io.niovsock.library", "/nonexistent"), "/nonexistent");
    }

    @ParameterizedTest
    @ValueSource(strings = { "Mac OS X", "Windows 11", "AIX" })
    void anotherSystemHasThePlatformsChannels(String system) throws Exception {
        assertPlatformsAlone(program().arguments(system), system);
    }

    @ParameterizedTest
    @ValueSource(strings = { "arm", "s390x", "riscv64" })
    void anArchitectureThatTheJarHasNoLibraryForHasThePlatformsChannels(String architecture) throws Exception {
        assertPlatformsAlone(program().without("io.niovsock.library").without("java.library.path")
            .property("os.arch", architecture),
            "linux-" + architecture);
    }

    /** A later JDK may lack any of these members: those that Java links, and those that native code looks up. */
    @ParameterizedTest
    @ValueSource(strings = { "nioInterestOps", "getTemporaryDirectBuffer", "registeredEvents", "epfd", "POLLNVAL" })
    void aJdkThatLacksWhatTheChannelsNeedHasThePlatformsChannels(String member, @TempDir Path folder) throws Exception {
        assertPlatformsAlone(program().option(PatchedJdk.without(member, folder)), member);
        assertPlatformsAlone(program().option(PatchedJdk.without(member, folder)),
            "this JDK (" + Runtime.version() + ")");
    }

    /**
     * A method of the implemented interface has another type: nothing calls the channels' method, and the new one is
     * missing.
     */
    @Test
    void soHasOneWhoseSelectorsCallAnotherMethod(@TempDir Path folder) throws Exception {
        String option = PatchedJdk.with("(ILsun/nio/ch/SelectionKeyImpl;)Z", "(ILsun/nio/ch/SelectionKeyImpl;)I",
            folder);
        assertPlatformsAlone(program().option(option), "int sun.nio.ch.SelChImpl.translate");
    }

    /** The method that returns the platform's own provider. */
    @Test
    void soHasOneWhoseProviderIsHadInAnotherWay(@TempDir Path folder) throws Exception {
        String option = PatchedJdk.with("()Lsun/nio/ch/SelectorProviderImpl;",
            "()Ljava/nio/channels/spi/SelectorProvider;", folder);
        assertPlatformsAlone(program().option(option), "sun.nio.ch.DefaultSelectorProvider.get");
    }

    /** As in a runtime image that jlink has made. */
    @Test
    void aJvmWithoutUnsafeHasThePlatformsProviderOrSaysWhatHelps() throws Exception {
        ChildJvm.Result result = program().property("io.niovsock.library", "/nonexistent")
            .option("--limit-modules=java.base").run();

        if (Runtime.version().feature() < 24) {
            List<String> lines = result.succeeded().lines();
            for (String line : List.of("provider: false", "selected: 1", "read: 3", "received: 5", "piped: 7",
                "available: false"))
                assertTrue(lines.contains(line), () -> "'" + line + "' is not in:\n" + result.text());
            assertEquals(3, lines.stream().filter("platform's: true"::equals).count(), result::text);
            assertEquals(1, lines.stream().filter(line -> line.contains(LOGGED)).count(), result::text);
        } else {
            assertTrue(result.text().contains("add the module jdk.unsupported to this JVM"), result::text);
            String flag = "-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.EPollSelectorProvider";
            assertTrue(result.text().contains(flag), result::text);
        }
    }

    /** The module is needed only where the library is not there. */
    @Test
    void aJvmWithoutUnsafeHasVsock() throws Exception {
        ChildJvm.Result result = program().option("--limit-modules=java.base").run();

        assertTrue(result.text().contains("provider: true"), result::text);
        assertTrue(result.text().contains("available: true"), result::text);
    }

    /** The JDK lacks the member, wherever the native library comes from. */
    @ParameterizedTest
    @ValueSource(strings = { "io.niovsock.library", "java.library.path" })
    void soHasOneThatLoadsALibraryWhichIsInstalled(String ladder, @TempDir Path folder) throws Exception {
        Path library = new Build(folder).nativeLibraryIn("installed");
        Object place = ladder.equals("io.niovsock.library") ? library : library.getParent();
        ChildJvm jvm = program().without("io.niovsock.library").without("java.library.path").property(ladder, place);
        assertPlatformsAlone(jvm.option(PatchedJdk.without("epfd", folder)), "this JDK (" + Runtime.version() + ")");
    }
}
