// SPDX-License-Identifier: Apache-2.0
package io.niovsock.inherited;

import io.niovsock.Vsock;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.Streams;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Programs that are started with sockets. Each prints which, and uses them. */
final class Inheriting {
    private static final long O_CLOEXEC = 02000000;

    private Inheriting() { }

    /** Prints what standard input is. */
    static final class Describe {
        public static void main(String[] args) throws IOException {
            Channel channel = System.inheritedChannel();
            say(describe(channel));
            if (channel != System.inheritedChannel() || channel != VsockSelectorProvider.instance().inheritedChannel())
                say("another channel at the second call");
        }
    }

    /** Answers one client, or one datagram, and closes the channel; then repeats that until its input says to end. */
    static final class Serve {
        public static void main(String[] args) throws Exception {
            Channel channel = System.inheritedChannel();
            if (channel instanceof ServerSocketChannel server) {
                try (SocketChannel peer = server.accept()) {
                    echo(peer);
                }
            } else if (channel instanceof SocketChannel connection) {
                Streams.write(connection, describe(connection) + "\n");
                echo(connection);
            } else if (channel instanceof DatagramChannel datagrams) {
                ByteBuffer datagram = ByteBuffer.allocate(100);
                SocketAddress sender = datagrams.receive(datagram);
                datagrams.send(datagram.flip(), sender);
            }
            if (args.length > 0 && args[0].equals("registered")) {
                Selector selector = Selector.open(); // no selection follows, so the selector keeps the number
                ((ServerSocketChannel) channel).configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
                selector.selectNow();
            }
            channel.close();
            say("closed");
            Thread.sleep(Long.MAX_VALUE);
        }

        private static void echo(SocketChannel peer) throws IOException {
            Streams.write(peer, Streams.readText(peer, 5));
        }
    }

    /** Prints the sockets that it was passed, or those with a name. */
    static final class DescribePassed {
        public static void main(String[] args) throws IOException {
            try {
                List<Channel> channels = passed(args);
                for (Channel channel : channels)
                    say(describe(channel));
                if (!channels.equals(passed(args)))
                    say("other channels at the second call");
            } catch (IOException e) {
                say(e.getMessage());
            }
        }

        private static List<Channel> passed(String[] args) throws IOException {
            return args.length == 0 ? Vsock.inheritedChannels() : Vsock.inheritedChannels(args[0]);
        }
    }

    /**
     * Answers one client of each listener that it was passed, and prints whether other programs would inherit the
     * descriptors.
     */
    static final class ServePassed {
        public static void main(String[] args) throws Exception {
            for (Channel channel : Vsock.inheritedChannels()) {
                try (ServerSocketChannel server = (ServerSocketChannel) channel; SocketChannel peer = server.accept()) {
                    Streams.write(peer, isClosedOnExec(3) ? "kept" : "given");
                }
            }
        }
    }

    /** Java starts other programs without inherited descriptors; native code may not. */
    private static boolean isClosedOnExec(int fd) throws IOException {
        String flags = Files.readAllLines(Path.of("/proc/self/fdinfo", Integer.toString(fd))).stream()
            .filter(line -> line.startsWith("flags:")).findFirst().orElseThrow().substring("flags:".length()).strip();
        return (Long.parseLong(flags, 8) & O_CLOEXEC) != 0;
    }

    /** Kind, addresses and mode of a channel. */
    private static String describe(Channel channel) throws IOException {
        if (channel == null)
            return "null";
        String kind = channel instanceof ServerSocketChannel ? "listener" : channel instanceof SocketChannel
            ? "connection"
            : channel instanceof DatagramChannel ? "datagrams" : "other";
        String whose = channel.getClass().getName().startsWith("io.niovsock.") ? "vsock" : "platform's";
        SocketAddress remote = channel instanceof SocketChannel connection ? connection.getRemoteAddress() : null;
        boolean blocking = ((SelectableChannel) channel).isBlocking();
        return whose + " " + kind + (whose.equals("vsock") ? " " + ((NetworkChannel) channel).getLocalAddress() : "")
            + (remote == null ? "" : " to " + remote) + (blocking ? "" : " non-blocking");
    }

    private static void say(String text) {
        System.out.println(text);
        System.out.flush();
    }
}
