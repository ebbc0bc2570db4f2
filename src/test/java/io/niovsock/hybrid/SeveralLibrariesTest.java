// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Two applications in a container, each with the library in a class loader of its own, and with guests of its own. */
class SeveralLibrariesTest {
    @TempDir
    private Path folder;

    /** One application. Its guest has the CID 42, as that of the other has. */
    private static final class Application implements AutoCloseable {
        private final URLClassLoader loader;
        private final SelectorProvider provider;
        private final PlayedDevice device;
        private final AutoCloseable guest;

        Application(Path socket) throws Exception {
            URL library = ChildJvm.folderOf(VsockSelectorProvider.class).toUri().toURL();
            loader = new URLClassLoader(new URL[] { library }, ClassLoader.getPlatformClassLoader());
            provider = loader.loadClass(VsockSelectorProvider.class.getName()).asSubclass(SelectorProvider.class)
                .getConstructor().newInstance();
            device = PlayedDevice.start(socket, PlayedDevice.Monitor.FIRECRACKER).listen(Guest.PORT);
            guest = (AutoCloseable) loader.loadClass("io.niovsock.Vsock")
                .getMethod("attach", long.class, Path.class).invoke(null, 42L, socket);
        }

        private SocketAddress parse(String endpoint) throws Exception {
            return (SocketAddress) loader.loadClass("io.niovsock.VsockSocketAddress").getMethod("parse", String.class)
                .invoke(null, endpoint);
        }

        void connect() throws Exception {
            SocketChannel client = provider.openSocketChannel();
            client.connect(parse("vsock:42:" + Guest.PORT));
            try (Pair pair = new Pair(client, device.accept(Guest.PORT))) {
                Streams.assertConnected(pair);
            }
        }

        /** The sockets of AF_UNIX are the guest's own, so both may have the same port. */
        ServerSocketChannel listen() throws Exception {
            return provider.openServerSocketChannel().bind(parse("vsock:host:0"));
        }

        void hear(ServerSocketChannel server) throws Exception {
            String local = server.getLocalAddress().toString();
            try (SocketChannel end = device.connectToHost(Long.parseLong(local.substring(local.lastIndexOf(':') + 1)));
                 Pair pair = new Pair(end, server.accept())) {
                Streams.assertConnected(pair);
            }
        }

        void detach() throws Exception {
            guest.close();
        }

        @Override
        public void close() throws IOException {
            device.close();
            loader.close();
        }
    }

    static final class Container {
        public static void main(String[] args) throws Exception {
            Path folder = Path.of(args[0]);
            try (Application first = new Application(folder.resolve("first"));
                 Application second = new Application(folder.resolve("second"));
                 ServerSocketChannel firstServer = first.listen(); ServerSocketChannel secondServer = second.listen()) {
                for (int i = 0; i < 3; i++) {
                    first.connect();
                    second.connect();
                    first.hear(firstServer);
                    second.hear(secondServer);
                }
                first.detach();
                second.connect();
                second.hear(secondServer);
                System.out.println(first.device.count() + " and " + second.device.count());
                second.detach();
            }
        }
    }

    @Test
    void eachReachesItsOwnGuests() throws Exception {
        List<String> lines = ChildJvm.of(Container.class).without("io.niovsock.library").without("java.library.path")
            .arguments(folder).run().succeeded().lines().stream()
            .filter(line -> line.contains(" and ") && !line.contains("WARN")).toList();
        assertEquals(List.of("3 and 4"), lines);
    }
}
