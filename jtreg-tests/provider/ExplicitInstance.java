// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary Where another provider is the JVM's, VsockSelectorProvider.instance() speaks vsock beside it
 * @library /lib
 * @build vsocktest.* ExplicitInstance
 * @run main/othervm -Djava.nio.channels.spi.SelectorProvider=ExplicitInstance$Other ExplicitInstance
 */

import io.niovsock.VsockSelectorProvider;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Pair;
import vsocktest.Selecting;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;

public class ExplicitInstance {
    /** A provider whose channels all come from elsewhere. */
    public static final class Other extends SelectorProvider {
        @Override
        public DatagramChannel openDatagramChannel() {
            throw new UnsupportedOperationException("opened by the JVM's provider");
        }

        @Override
        public DatagramChannel openDatagramChannel(ProtocolFamily family) {
            throw new UnsupportedOperationException("opened by the JVM's provider");
        }

        @Override
        public Pipe openPipe() {
            throw new UnsupportedOperationException("opened by the JVM's provider");
        }

        @Override
        public AbstractSelector openSelector() {
            throw new UnsupportedOperationException("opened by the JVM's provider");
        }

        @Override
        public ServerSocketChannel openServerSocketChannel() {
            throw new UnsupportedOperationException("opened by the JVM's provider");
        }

        @Override
        public SocketChannel openSocketChannel() {
            throw new UnsupportedOperationException("opened by the JVM's provider");
        }
    }

    public static void main(String[] args) throws Exception {
        Check.that(SelectorProvider.provider() instanceof Other, "another provider is the JVM's");
        Check.fails(UnsupportedOperationException.class, SocketChannel::open);
        VsockSelectorProvider vsock = VsockSelectorProvider.instance();
        Check.that(vsock == VsockSelectorProvider.instance(), "there is one instance");
        Leaks.check(() -> {
            for (Family family : new Family[] { Family.TCP, Family.VSOCK })
                speak(vsock, family);
        });
    }

    private static void speak(VsockSelectorProvider provider, Family family) throws IOException {
        try (Selector selector = provider.openSelector();
             ServerSocketChannel server = provider.openServerSocketChannel().bind(family.anyPort());
             SocketChannel client = provider.openSocketChannel()) {
            Check.that(client.provider() == provider && selector.provider() == provider, "by this provider");
            client.connect(server.getLocalAddress());
            try (SocketChannel accepted = server.accept()) {
                Check.that(accepted.provider() == provider, "accepted by this provider");
                accepted.configureBlocking(false);
                SelectionKey key = accepted.register(selector, SelectionKey.OP_READ);
                Selecting.nothing(selector);
                Pair.checkFlow(accepted, client);
                client.write(ByteBuffer.wrap(new byte[1]));
                Selecting.await(selector, key, SelectionKey.OP_READ);
            }
        }
    }
}
