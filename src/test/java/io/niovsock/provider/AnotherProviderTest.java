// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import io.niovsock.Vsock;
import io.niovsock.VsockAsynchronousChannelProvider;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.SocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The library is in use, but {@code SocketChannel.open()} uses another provider: the library says so, and names the
 * cure.
 */
class AnotherProviderTest {
    private static final String PROPERTY = "java.nio.channels.spi.SelectorProvider";
    private static final String PLATFORMS = "sun.nio.ch.EPollSelectorProvider";
    private static final String ASYNCHRONOUS_PLATFORMS = "sun.nio.ch.LinuxAsynchronousChannelProvider";

    static final class Program {
        public static void main(String[] args) throws Exception {
            for (int port = 5000; port < 5003; port++)
                VsockSocketAddress.of(VsockSocketAddress.CID_HOST, port);
            System.out.println("report " + Vsock.report().get(1));
            System.out.println("explain " + Vsock.explain(VsockSocketAddress.parse("vsock:host:5000")));
        }
    }

    private static List<String> logged(ChildJvm.Result result) {
        return result.lines().stream().filter(line -> line.contains("SocketChannel.open() is ")).toList();
    }

    private static String line(ChildJvm.Result result, String start) {
        return result.lines().stream().filter(line -> line.startsWith(start)).findFirst()
            .orElseThrow(() -> new AssertionError(result.text()));
    }

    @Test
    void anOldFlagIsNamedOnceAtTheFirstAddress() throws Exception {
        ChildJvm.Result result = ChildJvm.of(Program.class).property(PROPERTY, PLATFORMS).run().succeeded();
        assertEquals(1, logged(result).size(), result::text);
        for (String text : List.of(logged(result).get(0), line(result, "report "), line(result, "explain "))) {
            assertTrue(text.contains("take -D" + PROPERTY + "=" + PLATFORMS + " off the command line"), text);
            assertTrue(text.contains(VsockSelectorProvider.class.getName() + ".instance()"), text);
        }
    }

    @Test
    void aFlagForAsynchronousChannelsIsNamed() throws Exception {
        String property = AsynchronousChannelProvider.class.getName();
        ChildJvm.Result result = ChildJvm.of(Program.class).property(property, ASYNCHRONOUS_PLATFORMS).run()
            .succeeded();
        assertEquals(1, logged(result).size(), result::text);
        String text = logged(result).get(0);
        assertTrue(text.contains("AsynchronousSocketChannel.open() is of " + ASYNCHRONOUS_PLATFORMS), text);
        assertTrue(text.contains("take -D" + property + "=" + ASYNCHRONOUS_PLATFORMS + " off the command line"), text);
        assertTrue(text.contains(VsockAsynchronousChannelProvider.class.getName() + ".instance()"), text);
        assertFalse(text.contains(VsockSelectorProvider.class.getName()), text);
    }

    @Test
    void whereTheProviderIsOursNothingIsSaid() throws Exception {
        ChildJvm.Result result = ChildJvm.of(Program.class).run().succeeded();
        assertEquals(List.of("report SocketChannel.open(): of nio-vsock",
            "explain vsock:host:5000: vsock, by its type"), result.lines());
        result = ChildJvm.of(Program.class).property(PROPERTY, VsockSelectorProvider.class.getName()).run().succeeded();
        assertEquals(List.of(), logged(result));
    }

    /** The library in a webapp, a fat jar or an OSGi bundle: in a class loader that the JVM does not ask. */
    static final class Webapp {
        public static void main(String[] args) throws Exception {
            URL[] library = { Path.of(args[0]).toUri().toURL() };
            try (URLClassLoader loader = new URLClassLoader(library, ClassLoader.getPlatformClassLoader())) {
                Class<?> addresses = loader.loadClass("io.niovsock.VsockSocketAddress");
                SocketAddress address = (SocketAddress) addresses.getMethod("parse", String.class)
                    .invoke(null, "vsock:host:5000");
                Class<?> providers = loader.loadClass("io.niovsock.VsockSelectorProvider");
                SelectorProvider provider = (SelectorProvider) providers.getMethod("instance").invoke(null);
                System.out.println("explain " + loader.loadClass("io.niovsock.Vsock")
                    .getMethod("explain", SocketAddress.class).invoke(null, address));
                try (SocketChannel channel = provider.openSocketChannel()) {
                    System.out.println("instance " + (channel.provider() == provider));
                }
                System.out.println("JVM " + SelectorProvider.provider().getClass().getName());
            }
        }
    }

    @Test
    void aClassLoaderThatTheJvmDoesNotAskIsNamed(@TempDir Path empty) throws Exception {
        ChildJvm.Result result = ChildJvm.of(Webapp.class).library(empty)
            .arguments(ChildJvm.folderOf(VsockSelectorProvider.class)).run().succeeded();
        assertEquals(1, logged(result).size(), result::text);
        for (String text : List.of(logged(result).get(0), line(result, "explain ")))
            assertTrue(text.contains("-javaagent:nio-vsock.jar") && text.contains("URLClassLoader"), text);
        assertTrue(logged(result).get(0).contains("; AsynchronousSocketChannel.open() is of the platform"),
            result::text);
        assertTrue(result.lines().containsAll(List.of("instance true", "JVM " + PLATFORMS)), result::text);
    }

    /** The agent's jar, or one on the server's class path, beside one in the webapp: the two have different classes. */
    @Test
    void aCopyBesideTheJvmsOwnIsNamed() throws Exception {
        ChildJvm.Result result = ChildJvm.of(Webapp.class).arguments(ChildJvm.folderOf(VsockSelectorProvider.class))
            .run().succeeded();
        assertEquals(1, logged(result).size(), result::text);
        for (String text : List.of(logged(result).get(0), line(result, "explain ")))
            assertTrue(text.contains("of another copy of nio-vsock") && text.contains("URLClassLoader"), text);
        assertTrue(result.lines().containsAll(List.of("instance true", "JVM " + VsockSelectorProvider.class.getName())),
            result::text);
    }

    /** A class loader like those of OSGi's bundles: it hides packages of the JDK unless they are configured. */
    static final class Bundle {
        public static void main(String[] args) throws Exception {
            URL[] library = { Path.of(args[0]).toUri().toURL() };
            try (URLClassLoader loader = new URLClassLoader(library, ClassLoader.getPlatformClassLoader()) {
                @Override
                protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                    if (name.startsWith("sun."))
                        throw new ClassNotFoundException(name);
                    return super.loadClass(name, resolve);
                }
            }) {
                Class<?> providers = loader.loadClass("io.niovsock.VsockSelectorProvider");
                SelectorProvider provider = (SelectorProvider) providers.getMethod("instance").invoke(null);
                try (SocketChannel channel = provider.openSocketChannel()) {
                    System.out.println("opened " + channel.getClass().getName());
                }
                System.out.println("cause " + loader.loadClass("io.niovsock.Vsock").getMethod("unavailabilityCause")
                    .invoke(null));
            }
        }
    }

    @Test
    void aClassLoaderThatHidesTheJdksInternalsIsNamed(@TempDir Path empty) throws Exception {
        ChildJvm.Result result = ChildJvm.of(Bundle.class).library(empty)
            .arguments(ChildJvm.folderOf(VsockSelectorProvider.class)).run().succeeded();
        assertTrue(result.lines().contains("opened sun.nio.ch.SocketChannelImpl"), result::text);
        assertTrue(line(result, "cause ").contains("org.osgi.framework.bootdelegation=sun.nio.ch"), result::text);
    }

    /** These classes reach vsock with any provider of the JVM, so the log must not warn. */
    static final class Factories {
        public static void main(String[] args) throws Exception {
            new VsockSocketFactory("vsock:host:5000");
            VsockSocketAddress.of(VsockSocketAddress.CID_HOST, 5000);
        }
    }

    @Test
    void aProgramThatUsesTheFactoriesIsToldNothing() throws Exception {
        assertEquals(List.of(), ChildJvm.of(Factories.class).property(PROPERTY, PLATFORMS).run().succeeded().lines());
    }
}
