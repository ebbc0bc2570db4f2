// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketImplFactory;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Another jar, earlier on the class path, has a provider, too: the service loader takes the first one. */
class ShadowedProviderTest {
    private static final String SERVICE = SelectorProvider.class.getName();

    /** A provider that opens nothing. */
    public static final class Another extends SelectorProvider {
        @Override
        public DatagramChannel openDatagramChannel() throws IOException {
            throw new IOException("another provider");
        }

        @Override
        public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
            throw new IOException("another provider");
        }

        @Override
        public Pipe openPipe() throws IOException {
            throw new IOException("another provider");
        }

        @Override
        public AbstractSelector openSelector() throws IOException {
            throw new IOException("another provider");
        }

        @Override
        public ServerSocketChannel openServerSocketChannel() throws IOException {
            throw new IOException("another provider");
        }

        @Override
        public SocketChannel openSocketChannel() throws IOException {
            throw new IOException("another provider");
        }
    }

    static final class Program {
        public static void main(String[] args) throws Exception {
            System.out.println("the JVM's: " + SelectorProvider.provider().getClass().getSimpleName());
            try (SocketChannel channel = SocketChannel.open()) {
                System.out.println("open: " + channel.provider().getClass().getSimpleName());
            } catch (IOException e) {
                System.out.println("open: " + e.getMessage());
            }
            SelectorProvider vsock = VsockSelectorProvider.instance();
            SocketAddress where;
            try (ServerSocketChannel server = vsock.openServerSocketChannel();
                 SocketChannel client = vsock.openSocketChannel()) {
                server.bind(ChannelKind.VSOCK.freeEndpoint());
                where = server.getLocalAddress();
                client.connect(where);
                System.out.println("explicitly: " + client.getRemoteAddress().equals(where));
            }
            VsockSocketImplFactory.install();
            try (ServerSocket server = new ServerSocket(); Socket client = new Socket()) {
                server.bind(where);
                client.connect(where);
                System.out.println("java.net: " + client.isConnected());
            }
        }
    }

    private static ChildJvm shadowedIn(Path folder) throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(SERVICE), Another.class.getName());
        return ChildJvm.of(Program.class).first(folder);
    }

    @Test
    void channelsAreTheOtherProvidersAndVsockIsThereForWhoAsksForIt(@TempDir Path folder) throws Exception {
        assertEquals(List.of("the JVM's: Another", "open: another provider", "explicitly: true", "java.net: true"),
            shadowedIn(folder).run().succeeded().lines());
    }

    @Test
    void theSystemPropertySettlesIt(@TempDir Path folder) throws Exception {
        assertEquals(List.of("the JVM's: VsockSelectorProvider", "open: VsockSelectorProvider", "explicitly: true",
            "java.net: true"),
            shadowedIn(folder).property(SERVICE, VsockSelectorProvider.class.getName()).run().succeeded().lines());
    }
}
