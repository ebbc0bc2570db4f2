// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A process that may have vsock sockets but no Internet sockets, such as an agent in a virtual machine. */
class NoInternetTest {
    static final class Agent {
        public static void main(String[] args) throws Exception {
            System.out.println("available " + Vsock.isAvailable());
            try (Selector selector = Selector.open();
                 ServerSocketChannel server = ServerSocketChannel.open().bind(ChannelKind.VSOCK.freeEndpoint());
                 SocketChannel client = SocketChannel.open(server.getLocalAddress());
                 SocketChannel peer = server.accept();
                 SocketChannel another = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                client.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                peer.write(ByteBuffer.wrap(new byte[] { 7 }));
                ByteBuffer received = ByteBuffer.allocate(1);
                System.out.println("selected " + selector.select(10_000));
                client.read(received);
                System.out.println("received " + received.get(0));
                System.out.println(another.supportedOptions().isEmpty());
            }
            try {
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9));
            } catch (IOException | UnsupportedOperationException e) {
                System.out.println("no Internet");
            }
        }
    }

    @Test
    void vsockIsThereAllTheSame() throws Exception {
        String preloaded = System.getenv().getOrDefault("LD_PRELOAD", ""); // a sanitizer's library must come first
        List<String> lines = ChildJvm.of(Agent.class)
            .under("env", "LD_PRELOAD=" + preloaded + " " + CProgram.library("no_internet")).run().succeeded().lines();
        assertEquals(List.of("available true", "selected 1", "received 7", "false", "no Internet"), lines);
    }
}
