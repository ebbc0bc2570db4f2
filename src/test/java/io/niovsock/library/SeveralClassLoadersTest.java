// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Build;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A container loads the library once for each of its applications, and unloads it with them. */
class SeveralClassLoadersTest {
    @TempDir
    private Path folder;
    private Build build;
    private Path temporary;

    @BeforeEach
    void findTheBuild() throws IOException {
        build = new Build(folder);
        temporary = Files.createDirectory(folder.resolve("tmp"));
    }

    /** The library, loaded by a class loader of its own. */
    private static final class Loaded implements AutoCloseable {
        private final URLClassLoader loader;
        private final SelectorProvider provider;

        Loaded() throws Exception {
            URL library = ChildJvm.folderOf(VsockSelectorProvider.class).toUri().toURL();
            loader = new URLClassLoader(new URL[] { library }, ClassLoader.getPlatformClassLoader());
            provider = loader.loadClass(VsockSelectorProvider.class.getName()).asSubclass(SelectorProvider.class)
                .getConstructor().newInstance();
        }

        private SocketAddress parse(String endpoint) throws Exception {
            return (SocketAddress) loader.loadClass("io.niovsock.VsockSocketAddress")
                .getMethod("parse", String.class).invoke(null, endpoint);
        }

        /** Uses vsock, and closes a channel that a selector still knows. */
        void use() throws Exception {
            try (Selector selector = provider.openSelector();
                 ServerSocketChannel server = provider.openServerSocketChannel()) {
                server.bind(parse("vsock:local:0"));
                SocketChannel client = provider.openSocketChannel();
                client.connect(server.getLocalAddress());
                try (SocketChannel accepted = server.accept()) {
                    client.write(ByteBuffer.wrap(new byte[] { 7 }));
                    ByteBuffer received = ByteBuffer.allocate(1);
                    accepted.read(received);
                    System.out.println("received " + received.get(0));
                    client.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                    selector.selectNow();
                    client.close();
                    selector.selectNow();
                }
            }
        }

        @Override
        public void close() throws IOException {
            loader.close();
        }
    }

    static final class LoadTwice {
        public static void main(String[] args) throws Exception {
            try (Loaded first = new Loaded(); Loaded second = new Loaded()) {
                first.use();
                second.use();
            }
            System.out.println("temporary files " + List.of(new File(System.getProperty("java.io.tmpdir")).list()));
        }
    }

    private ChildJvm jvm(Class<?> program) {
        return ChildJvm.of(program).without("io.niovsock.library").without("java.library.path")
            .property("java.io.tmpdir", temporary);
    }

    private static void assertBothWork(ChildJvm jvm) throws Exception {
        List<String> lines = jvm.run().succeeded().lines().stream()
            .filter(line -> line.startsWith("received") || line.startsWith("temporary")) // not the log's line
            .toList();
        assertEquals(List.of("received 7", "received 7", "temporary files []"), lines);
    }

    @Test
    void eachUnpacksTheJarsCopy() throws Exception {
        assertBothWork(jvm(LoadTwice.class));
    }

    @Test
    void eachHasTheFileOfTheProperty() throws Exception {
        assertBothWork(jvm(LoadTwice.class).property("io.niovsock.library", build.nativeLibraryIn("named")));
    }

    @Test
    void eachHasTheFileOnTheLibraryPath() throws Exception {
        Path folder = build.nativeLibraryIn("path").getParent();
        assertBothWork(jvm(LoadTwice.class).property("java.library.path", "/nowhere:" + folder));
    }

    static final class LoadAndUnload {
        private static final int ROUNDS = 5;

        public static void main(String[] args) throws Exception {
            loadAndUse();
            awaitUnloading();
            long before = descriptors();
            for (int i = 0; i < ROUNDS; i++)
                loadAndUse();
            awaitUnloading();
            System.out.println("more descriptors: " + (descriptors() - before));
        }

        private static void loadAndUse() throws Exception {
            try (Loaded loaded = new Loaded()) {
                loaded.use();
            }
        }

        private static void awaitUnloading() {
            Await.until(() -> "the native library is still loaded", () -> {
                System.gc();
                return mappings() == 0;
            });
        }

        private static long mappings() throws IOException {
            try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
                return lines.filter(line -> line.contains("libniovsock")).count();
            }
        }

        private static long descriptors() throws IOException {
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                return open.count();
            }
        }
    }

    @Test
    void whatIsUnloadedLeavesNoDescriptorBehind() throws Exception {
        ChildJvm.Result result = jvm(LoadAndUnload.class).run().succeeded();
        assertEquals("more descriptors: 0", result.lines().get(result.lines().size() - 1), result::text);
    }
}
