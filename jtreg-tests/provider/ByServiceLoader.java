// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary With the jar on the class path, and nothing else said, its provider is the JVM's; selectors, pipes and
 *          channels of the standard families stay the platform's own
 * @library /lib
 * @run main/othervm ByServiceLoader
 */

import io.niovsock.VsockSelectorProvider;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Pair;

import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import java.util.ServiceLoader;

public class ByServiceLoader {
    public static void main(String[] args) throws Exception {
        Check.equal(System.getProperty("java.nio.channels.spi.SelectorProvider"), null, "the system property");
        Check.equal(ServiceLoader.load(SelectorProvider.class, ClassLoader.getSystemClassLoader()).stream()
            .map(found -> found.type().getName()).toList(), List.of("io.niovsock.VsockSelectorProvider"),
            "providers found");
        SelectorProvider provider = SelectorProvider.provider();
        Check.that(provider.getClass() == VsockSelectorProvider.class, provider + " is this library's");
        Check.that(VsockSelectorProvider.instance() == provider, "the instance for explicit use is the JVM's");
        Check.that(provider.getClass().getClassLoader() == ClassLoader.getSystemClassLoader(),
            "loaded from the class path");

        Leaks.check(() -> {
            try (Pair pair = Pair.of(Family.VSOCK)) {
                Check.that(pair.client().provider() == provider, "provider of the client");
                Check.that(pair.accepted().provider() == provider, "provider of the accepted channel");
                Pair.checkFlow(pair.client(), pair.accepted());
            }
            platformsOwn();
        });
    }

    private static void platformsOwn() throws Exception {
        try (Selector selector = Selector.open();
             SocketChannel tcp = SocketChannel.open(StandardProtocolFamily.INET);
             SocketChannel unix = SocketChannel.open(StandardProtocolFamily.UNIX);
             ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.INET6);
             DatagramChannel udp = DatagramChannel.open(StandardProtocolFamily.INET)) {
            for (Object own : new Object[] { selector, tcp, unix, server, udp })
                Check.that(own.getClass().getName().startsWith("sun.nio.ch."), own.getClass() + " is the platform's");
            Pipe pipe = Pipe.open();
            pipe.source().close();
            pipe.sink().close();
            Check.that(pipe.getClass().getName().startsWith("sun.nio.ch."), pipe.getClass() + " is the platform's");
        }
    }
}
