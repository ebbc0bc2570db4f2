// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A moment without descriptors passes: operations that fail meanwhile work afterwards, and others that need no
 * descriptor continue to work.
 */
class NoDescriptorLeftTest {
    private static final int LIMIT = 120;

    /** Opens every descriptor that this process may still have. */
    static final class Hoard implements AutoCloseable {
        private final List<FileInputStream> held = new ArrayList<>(LIMIT);

        Hoard() {
            try {
                while (held.size() < LIMIT)
                    held.add(new FileInputStream("/dev/null"));
                throw new AssertionError("the process has more than " + LIMIT + " descriptors");
            } catch (IOException none) {
                // expected
            }
        }

        @Override
        public void close() throws IOException {
            for (FileInputStream stream : held)
                stream.close();
        }
    }

    static final class Program {
        private static final InetSocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        private static final SocketAddress VSOCK = VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 0);

        public static void main(String[] args) throws Exception {
            boolean loaded = args[0].equals("loaded");
            Map<String, Callable<?>> networking = channels();
            if (loaded) {
                Selector.open().close();
                networking.putAll(javaNet());
            }
            Map<String, String> failures = new LinkedHashMap<>();
            try (Hoard hoard = new Hoard()) {
                networking.forEach((name, attempt) -> failures.put(name, failure(attempt)));
                failures.put("available", String.valueOf(Vsock.isAvailable()));
            }
            failures.forEach((name, failure) -> System.out.println(name + ": " + failure));
            networking.forEach((name, attempt) -> System.out.println(name + " afterwards: " + failure(attempt)));
            System.out.println("available afterwards: " + Vsock.isAvailable());
        }

        private static String failure(Callable<?> attempt) {
            try {
                return attempt.call().toString();
            } catch (IOException e) {
                return "IOException";
            } catch (Throwable e) {
                return e.toString();
            }
        }

        private static Map<String, Callable<?>> channels() {
            Map<String, Callable<?>> attempts = new LinkedHashMap<>();
            attempts.put("TCP", () -> talk(ServerSocketChannel.open(), SocketChannel.open(), LOOPBACK));
            attempts.put("vsock by address", () -> talk(ServerSocketChannel.open(), SocketChannel.open(), VSOCK));
            attempts.put("vsock by family", () -> talk(ServerSocketChannel.open(VsockProtocolFamily.VSOCK),
                SocketChannel.open(VsockProtocolFamily.VSOCK), VSOCK));
            attempts.put("TCP by family", () -> talk(ServerSocketChannel.open(StandardProtocolFamily.INET),
                SocketChannel.open(StandardProtocolFamily.INET), LOOPBACK));
            attempts.put("Unix", () -> opened(SocketChannel.open(StandardProtocolFamily.UNIX)));
            attempts.put("UDP", () -> opened(DatagramChannel.open().bind(LOOPBACK)));
            attempts.put("datagrams of vsock", () -> opened(DatagramChannel.open(VsockProtocolFamily.VSOCK)));
            attempts.put("selector", () -> opened(Selector.open()));
            attempts.put("pipe", () -> {
                Pipe pipe = Pipe.open();
                pipe.sink().close();
                return opened(pipe.source());
            });
            return attempts;
        }

        private static Map<String, Callable<?>> javaNet() {
            Map<String, Callable<?>> attempts = new LinkedHashMap<>();
            attempts.put("sockets", () -> {
                try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                     Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                     Socket accepted = server.accept()) {
                    client.getOutputStream().write(9);
                    return accepted.getInputStream().read() == 9;
                }
            });
            attempts.put("datagram socket", () -> opened(new DatagramSocket(LOOPBACK)));
            return attempts;
        }

        private static boolean talk(ServerSocketChannel server, SocketChannel client, SocketAddress where)
            throws IOException {
            try (server; client) {
                server.bind(where);
                client.connect(server.getLocalAddress());
                try (SocketChannel peer = server.accept()) {
                    client.write(ByteBuffer.wrap(new byte[3]));
                    return peer.read(ByteBuffer.allocate(9)) == 3;
                }
            }
        }

        private static boolean opened(Closeable what) throws IOException {
            what.close();
            return true;
        }
    }

    /** The library as a jar, which the JVM keeps open: it could not load classes from a folder at that moment. */
    private static ChildJvm jvm(Class<?> program, Path folder) throws IOException {
        Path library = ChildJvm.folderOf(VsockSelectorProvider.class);
        if (Files.isDirectory(library))
            library = jarOf(library, folder.resolve("library.jar"));
        return ChildJvm.of(program).library(library).under("sh", "-c", "ulimit -n " + LIMIT + " && exec \"$@\"", "sh");
    }

    private static Path jarOf(Path classes, Path jar) throws IOException {
        try (OutputStream out = Files.newOutputStream(jar); ZipOutputStream zip = new ZipOutputStream(out);
             Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                zip.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
                Files.copy(file, zip);
            }
        }
        return jar;
    }

    private static void assertPasses(ChildJvm jvm) throws Exception {
        ChildJvm.Result result = jvm.run().succeeded();
        int afterwards = 0;
        for (String line : result.lines()) {
            if (line.contains(" afterwards: ")) {
                afterwards++;
                assertEquals("true", line.substring(line.indexOf(": ") + 2), result::text);
            } else if (!line.startsWith("available: ")) {
                assertEquals("IOException", line.substring(line.indexOf(": ") + 2), result::text);
            }
        }
        assertEquals(result.lines().size() / 2, afterwards, result::text);
    }

    @Test
    void atTheFirstOpen(@TempDir Path folder) throws Exception {
        assertPasses(jvm(Program.class, folder).arguments("not loaded"));
    }

    @Test
    void betweenTheFirstOpenAndTheFirstSocket(@TempDir Path folder) throws Exception {
        assertPasses(jvm(Program.class, folder).arguments("loaded"));
    }

    /** Calls methods of channels and sockets that need no descriptor, and methods that closed channels refuse. */
    static final class Asking {
        private static final List<String> wrong = new ArrayList<>();

        public static void main(String[] args) throws Exception {
            List<SelectableChannel> fresh = List.of(SocketChannel.open(), ServerSocketChannel.open(),
                DatagramChannel.open());
            List<SelectableChannel> closed = List.of(SocketChannel.open(), ServerSocketChannel.open(),
                DatagramChannel.open());
            List<Class<?>> types = List.of(SocketChannel.class, ServerSocketChannel.class, DatagramChannel.class);
            List<Class<?>> sockets = List.of(Socket.class, ServerSocket.class, DatagramSocket.class);
            for (List<SelectableChannel> channels : List.of(fresh, closed))
                ((DatagramChannel) channels.get(2)).socket(); // java.net opens a descriptor for it, and closes it again
            for (SelectableChannel channel : closed)
                channel.close();
            for (boolean rehearsal : new boolean[] { true, false }) { // the rehearsal loads the classes
                if (rehearsal) {
                    try (SocketChannel stream = SocketChannel.open();
                         ServerSocketChannel listener = ServerSocketChannel.open();
                         DatagramChannel datagrams = DatagramChannel.open()) {
                        ask(List.of(stream, listener, datagrams), closed, types, sockets);
                    }
                } else {
                    try (Hoard hoard = new Hoard()) {
                        ask(fresh, closed, types, sockets);
                    }
                }
            }
            for (SelectableChannel channel : fresh)
                channel.close();
            wrong.forEach(System.out::println);
            System.out.println("asked");
        }

        private static void ask(List<SelectableChannel> fresh, List<SelectableChannel> closed, List<Class<?>> types,
            List<Class<?>> sockets) throws Exception {
            for (int i = 0; i < fresh.size(); i++) {
                for (SelectableChannel channel : List.of(fresh.get(i), closed.get(i))) {
                    answers(types.get(i), channel);
                    answers(sockets.get(i), types.get(i).getMethod("socket").invoke(channel));
                }
                answers("getLocalAddress", ((NetworkChannel) fresh.get(i))::getLocalAddress);
                refuses("getLocalAddress", ((NetworkChannel) closed.get(i))::getLocalAddress);
                refuses("getOption", () -> ((NetworkChannel) closed.get(0)).getOption(StandardSocketOptions.SO_RCVBUF));
                refuses("bind", () -> ((NetworkChannel) closed.get(0)).bind(null));
                refuses("configureBlocking", () -> closed.get(0).configureBlocking(false));
            }
            answers("getRemoteAddress", ((SocketChannel) fresh.get(0))::getRemoteAddress);
            SocketChannel stream = (SocketChannel) closed.get(0);
            refuses("getRemoteAddress", stream::getRemoteAddress);
            refuses("read", () -> stream.read(ByteBuffer.allocate(1)));
            refuses("write", () -> stream.write(ByteBuffer.allocate(1)));
            refuses("connect", () -> stream.connect(Program.LOOPBACK));
            refuses("connect to vsock", () -> stream.connect(Program.VSOCK));
            refuses("finishConnect", stream::finishConnect);
            refuses("shutdownInput", stream::shutdownInput);
            refuses("accept", ((ServerSocketChannel) closed.get(1))::accept);
        }

        /** Each public method without arguments and without checked exceptions. */
        private static void answers(Class<?> type, Object asked) {
            for (Method method : type.getMethods())
                if (method.getParameterCount() == 0 && method.getExceptionTypes().length == 0
                    && !method.getName().matches("notify.*|wait|close|disconnect"))
                    answers(type.getSimpleName() + "." + method.getName(), () -> method.invoke(asked));
        }

        private static void answers(String what, Callable<?> question) {
            try {
                question.call();
            } catch (Throwable e) {
                wrong.add(what + ": " + (e instanceof InvocationTargetException ? e.getCause() : e));
            }
        }

        private static void refuses(String what, Callable<?> call) {
            try {
                wrong.add(what + ": " + call.call());
            } catch (ClosedChannelException e) {
                // expected
            } catch (Throwable e) {
                wrong.add(what + ": " + e);
            }
        }
    }

    @Test
    void gettersAnswerAndClosedChannelsRefuse(@TempDir Path folder) throws Exception {
        assertEquals(List.of("asked"), jvm(Asking.class, folder).run().succeeded().lines());
    }
}
