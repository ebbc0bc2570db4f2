// SPDX-License-Identifier: Apache-2.0
import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Talks to the agents in several guests of Firecracker or Cloud Hypervisor, on one thread. It asks each for its state,
 * at port 5000 of the guest, and hears their events at port 6000 of the host. A line is a message.
 *
 * <pre>
 *   java -cp nio-vsock.jar:. ControlPlane 42=/run/vm42/vsock 43=/run/vm43/vsock
 * </pre>
 *
 * It ends when each guest has answered, or failed to, and each that answered has sent an event.
 */
public final class ControlPlane {
    private static final long AGENT_PORT = 5000;
    private static final long EVENT_PORT = 6000;

    private ControlPlane() { }

    public static void main(String[] args) throws IOException {
        List<VsockGuest> guests = new ArrayList<>();
        try (Selector selector = Selector.open(); ServerSocketChannel events = ServerSocketChannel.open()) {
            for (String arg : args) {
                String[] parts = arg.split("=", 2);
                guests.add(Vsock.attach(Long.parseLong(parts[0]), Path.of(parts[1])));
            }
            // Without an attached guest, only a machine with vhost_vsock has the CID of a host.
            // The listener hears guests that are attached later, too.
            events.bind(VsockSocketAddress.host(EVENT_PORT));
            events.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            for (VsockGuest guest : guests)
                ask(selector, guest);
            int awaited = 2 * guests.size(); // an answer and an event of each
            while (awaited > 0) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys())
                    awaited -= key.isValid() ? ready(selector, key) : 0;
                selector.selectedKeys().clear();
            }
            for (SelectionKey key : selector.keys())
                key.channel().close();
        } finally {
            for (VsockGuest guest : guests)
                guest.close();
        }
    }

    private static void ask(Selector selector, VsockGuest guest) throws IOException {
        SocketChannel agent = SocketChannel.open();
        agent.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT,
            new Line("the agent of " + guest.getCid()));
        agent.connect(VsockSocketAddress.of(guest.getCid(), AGENT_PORT)); // fails at once if no monitor is there
    }

    /** Returns how many of the awaited messages have come, or will not. */
    private static int ready(Selector selector, SelectionKey key) throws IOException {
        if (key.isAcceptable()) {
            accept(selector, (ServerSocketChannel) key.channel());
            return 0;
        }
        SocketChannel channel = (SocketChannel) key.channel();
        Line line = (Line) key.attachment();
        try {
            if (key.isConnectable() && channel.finishConnect()) {
                channel.write(ByteBuffer.wrap("state?\n".getBytes(StandardCharsets.UTF_8)));
                key.interestOps(SelectionKey.OP_READ);
                return 0;
            }
            return line.read(channel) ? 1 : 0;
        } catch (IOException e) {
            System.out.println(line.name + ": " + e.getMessage());
            channel.close();
            return 2; // neither an answer nor an event
        }
    }

    private static void accept(Selector selector, ServerSocketChannel events) throws IOException {
        SocketChannel channel = events.accept();
        if (channel == null)
            return;
        long cid = ((VsockSocketAddress) channel.getRemoteAddress()).getCid();
        channel.configureBlocking(false).register(selector, SelectionKey.OP_READ, new Line("an event of " + cid));
    }

    /** The message of one connection. */
    private static final class Line {
        private final String name;
        private final ByteBuffer bytes = ByteBuffer.allocate(1024);

        Line(String name) {
            this.name = name;
        }

        /** Reads, and prints the message if it is whole; then closes the channel, and returns true. */
        boolean read(SocketChannel channel) throws IOException {
            boolean ended = channel.read(bytes) < 0;
            String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
            if (!ended && !text.endsWith("\n"))
                return false;
            System.out.println(name + ": " + text.strip());
            channel.close();
            return true;
        }
    }
}
