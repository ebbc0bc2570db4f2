// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.VsockSocketFactory;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.ThreadKind;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The kinds of sockets that transfers take turns with. */
enum Way {
    /** Blocking channels, with a thread for each direction of each end. */
    BLOCKING("blocking channels") {
        @Override
        List<Conversation> exchange(long bytes, boolean direct) throws Exception {
            try (Endpoints ends = Endpoints.connect(ChannelKind.VSOCK)) {
                Conversation client = Conversation.of(bytes, direct);
                Conversation server = Conversation.of(bytes, direct);
                await(start(() -> send(ends.client(), client.outgoing())),
                    start(() -> receive(ends.client(), client.incoming())),
                    start(() -> send(ends.server(), server.outgoing())),
                    start(() -> receive(ends.server(), server.incoming())));
                return List.of(client, server);
            }
        }

        private void send(WritableByteChannel channel, Outgoing outgoing) throws IOException {
            for (ByteBuffer piece = outgoing.next(); piece != null; piece = outgoing.next())
                channel.write(piece);
        }

        private void receive(ReadableByteChannel channel, Incoming incoming) throws IOException {
            for (ByteBuffer space = incoming.space(); space != null; space = incoming.space())
                incoming.took(some(channel.read(space)));
        }
    },

    /** Vsock and TCP on one selector, both ends of each connection in one thread. */
    SELECTED("one selector, vsock and TCP") {
        @Override
        List<Conversation> exchange(long bytes, boolean direct) throws Exception {
            List<ChannelKind> kinds = List.of(ChannelKind.VSOCK, ChannelKind.DEFERRED_VSOCK, ChannelKind.TCP);
            List<Endpoints> connections = new ArrayList<>();
            List<Conversation> conversations = new ArrayList<>();
            try (Selector selector = Selector.open()) {
                for (ChannelKind kind : kinds) {
                    Endpoints ends = Endpoints.connect(kind);
                    connections.add(ends);
                    for (SocketChannel channel : List.of(ends.client(), ends.server())) {
                        Conversation conversation = Conversation.of(bytes / kinds.size(), direct);
                        conversations.add(conversation);
                        channel.configureBlocking(false).register(selector,
                            SelectionKey.OP_READ | SelectionKey.OP_WRITE, conversation);
                    }
                }
                serve(selector, conversations.size());
            } finally {
                for (Endpoints ends : connections)
                    ends.close();
            }
            return conversations;
        }

        private void serve(Selector selector, int conversations) throws IOException {
            int going = conversations;
            while (going > 0) {
                if (selector.select(TimeUnit.SECONDS.toMillis(LIMIT)) == 0)
                    throw new IOException("nothing was selected for " + LIMIT + " s");
                for (SelectionKey key : selector.selectedKeys())
                    if (isOver(key)) {
                        key.cancel();
                        going--;
                    }
                selector.selectedKeys().clear();
            }
        }

        private boolean isOver(SelectionKey key) throws IOException {
            SocketChannel channel = (SocketChannel) key.channel();
            Conversation conversation = (Conversation) key.attachment();
            if (key.isReadable()) {
                ByteBuffer space = conversation.incoming().space();
                if (space != null)
                    conversation.incoming().took(some(channel.read(space)));
                if (conversation.incoming().space() == null)
                    key.interestOpsAnd(~SelectionKey.OP_READ);
            }
            if (key.isWritable()) {
                ByteBuffer piece = conversation.outgoing().next();
                if (piece == null)
                    key.interestOpsAnd(~SelectionKey.OP_WRITE);
                else
                    channel.write(piece);
            }
            return key.interestOps() == 0;
        }
    },

    /** Asynchronous channels in a group of two threads. */
    ASYNCHRONOUS("asynchronous channels") {
        @Override
        List<Conversation> exchange(long bytes, boolean direct) throws Exception {
            AsynchronousChannelGroup group =
                AsynchronousChannelGroup.withFixedThreadPool(2, Executors.defaultThreadFactory());
            try (AsynchronousServerSocketChannel listener =
                AsynchronousServerSocketChannel.open(group).bind(ChannelKind.VSOCK.freeEndpoint());
                 AsynchronousSocketChannel near = AsynchronousSocketChannel.open(group)) {
                Future<AsynchronousSocketChannel> accepting = listener.accept();
                near.connect(listener.getLocalAddress()).get(LIMIT, TimeUnit.SECONDS);
                try (AsynchronousSocketChannel far = accepting.get(LIMIT, TimeUnit.SECONDS)) {
                    Conversation client = Conversation.of(bytes, direct);
                    Conversation server = Conversation.of(bytes, direct);
                    List<Handlers> going = List.of(Handlers.send(near, client.outgoing()),
                        Handlers.receive(near, client.incoming()), Handlers.send(far, server.outgoing()),
                        Handlers.receive(far, server.incoming()));
                    for (Handlers handlers : going)
                        handlers.await(LIMIT);
                    return List.of(client, server);
                }
            } finally {
                group.shutdownNow();
                if (!group.awaitTermination(LIMIT, TimeUnit.SECONDS))
                    throw new IOException("the group does not terminate");
            }
        }
    },

    /** The sockets of {@code java.net}, by the factories. */
    SOCKETS("sockets of java.net") {
        @Override
        List<Conversation> exchange(long bytes, boolean direct) throws Exception {
            try (ServerSocket listener = SocketVisits.listen(); Socket near = new VsockSocketFactory().createSocket()) {
                near.connect(listener.getLocalSocketAddress());
                try (Socket far = listener.accept()) {
                    Conversation client = Conversation.of(bytes, false);
                    Conversation server = Conversation.of(bytes, false);
                    await(start(() -> send(near.getOutputStream(), client.outgoing())),
                        start(() -> receive(near.getInputStream(), client.incoming())),
                        start(() -> send(far.getOutputStream(), server.outgoing())),
                        start(() -> receive(far.getInputStream(), server.incoming())));
                    return List.of(client, server);
                }
            }
        }

        private void send(OutputStream out, Outgoing outgoing) throws IOException {
            for (ByteBuffer piece = outgoing.next(); piece != null; piece = outgoing.next()) {
                out.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
                piece.position(piece.limit());
            }
        }

        private void receive(InputStream in, Incoming incoming) throws IOException {
            for (ByteBuffer space = incoming.space(); space != null; space = incoming.space()) {
                int n = some(in.read(space.array(), space.arrayOffset() + space.position(), space.remaining()));
                space.position(space.position() + n);
                incoming.took(n);
            }
        }
    };

    /** Seconds until a wait that nothing ends is a failure. */
    static final int LIMIT = (int) Machine.PATIENCE.toSeconds();

    private final String text;

    Way(String text) {
        this.text = text;
    }

    /**
     * Moves that many bytes each way over new connections, and closes them.
     *
     * @param direct whether the buffers are direct, where there are buffers
     * @return the two ends of each connection
     */
    abstract List<Conversation> exchange(long bytes, boolean direct) throws Exception;

    @Override
    public String toString() {
        return text;
    }

    /** The number of bytes of a read, which must not be the end. */
    static int some(int read) throws EOFException {
        if (read < 0)
            throw new EOFException("the stream has ended too soon");
        return read;
    }

    private interface Direction {
        void move() throws IOException;
    }

    private static Background<Void> start(Direction direction) {
        List<ThreadKind> kinds = ThreadKind.available();
        return Background.start(kinds.get(ThreadLocalRandom.current().nextInt(kinds.size())), () -> {
            direction.move();
            return null;
        });
    }

    @SafeVarargs
    private static void await(Background<Void>... directions) {
        try {
            for (Background<Void> direction : directions)
                direction.result();
        } finally {
            for (Background<Void> direction : directions)
                direction.close();
        }
    }
}
