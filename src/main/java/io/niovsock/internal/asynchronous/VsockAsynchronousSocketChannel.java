// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import io.niovsock.internal.channel.VsockSocketChannel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ReadPendingException;
import java.nio.channels.SelectionKey;
import java.nio.channels.WritePendingException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** An asynchronous connection over vsock: a vsock channel in non-blocking mode, as a member of a group. */
final class VsockAsynchronousSocketChannel extends AsynchronousSocketChannel {
    private final VsockSocketChannel socket;
    private final VsockMember member;
    private final Direction connecting;
    private final Direction reading;
    private final Direction writing;

    VsockAsynchronousSocketChannel(AsynchronousChannelProvider provider, ChannelGroup group,
                                   VsockSocketChannel socket) {
        super(provider);
        this.socket = socket;
        this.member = VsockMember.ofConnection(group, this, socket);
        this.connecting = member.direction(SelectionKey.OP_CONNECT, "Connecting not allowed",
            ConnectionPendingException::new);
        this.reading = member.direction(SelectionKey.OP_READ, "Reading not allowed due to timeout or cancellation",
            ReadPendingException::new);
        this.writing = member.direction(SelectionKey.OP_WRITE, "Writing not allowed due to timeout or cancellation",
            WritePendingException::new);
    }

    // -- connecting

    /** Goes on with a connect that has begun. */
    private final class Connect<A> extends Operation<Void, A> {
        Connect(CompletionHandler<Void, ? super A> handlerOrNull, A attachment) {
            super(connecting, handlerOrNull, attachment);
        }

        @Override
        boolean attempt() throws IOException {
            return socket.finishConnect();
        }

        @Override
        void failed() {
            closeAfterFailure();
        }

        @Override
        void giveUp() {
            reading.refuse();
            writing.refuse();
        }
    }

    @Override
    public <A> void connect(SocketAddress remote, A attachment, CompletionHandler<Void, ? super A> handler) {
        connect(remote, new Connect<>(Objects.requireNonNull(handler, "'handler' is null"), attachment));
    }

    @Override
    public Future<Void> connect(SocketAddress remote) {
        return connect(remote, new Connect<>(null, null));
    }

    private Future<Void> connect(SocketAddress remote, Operation<Void, ?> operation) {
        if (!isOpen())
            return operation.fail(new ClosedChannelException());
        try {
            socket.connect(remote);
        } catch (IOException e) {
            closeAfterFailure();
            return operation.fail(e);
        }
        return operation.start(0);
    }

    private void closeAfterFailure() {
        try {
            close();
        } catch (IOException e) {
            // the failure of the connect says more
        }
    }

    // -- reading and writing

    /** Reads or writes. */
    private abstract class Transfer<V extends Number, A> extends Operation<V, A> {
        Transfer(Direction direction, CompletionHandler<V, ? super A> handlerOrNull, A attachment) {
            super(direction, handlerOrNull, attachment);
        }

        /** Reads or writes some bytes without waiting; -1 is the end of the stream. */
        abstract V transfer() throws IOException;

        abstract boolean hasRemaining();

        /**
         * Zero bytes are a success only if there is no room for more, or there are no more. A close ends the stream of
         * the socket a moment before the socket is closed.
         */
        @Override
        final boolean attempt() throws IOException {
            V transferred = transfer();
            if (transferred.longValue() < 0 && !isOpen())
                throw new AsynchronousCloseException();
            return (transferred.longValue() != 0 || !hasRemaining()) && succeed(transferred);
        }
    }

    /** Reads into, or writes from, one buffer. */
    private final class SingleTransfer<A> extends Transfer<Integer, A> {
        private final ByteBuffer buffer;
        private final boolean reads;

        SingleTransfer(Direction direction, ByteBuffer buffer, CompletionHandler<Integer, ? super A> handlerOrNull,
                       A attachment) {
            super(direction, handlerOrNull, attachment);
            this.buffer = buffer;
            this.reads = direction == reading;
        }

        @Override
        Integer transfer() throws IOException {
            return reads ? socket.read(buffer) : socket.write(buffer);
        }

        @Override
        boolean hasRemaining() {
            return buffer.hasRemaining();
        }
    }

    /** Scatters into, or gathers from, several buffers. */
    private final class MultipleTransfer<A> extends Transfer<Long, A> {
        private final ByteBuffer[] buffers;
        private final boolean reads;

        MultipleTransfer(Direction direction, ByteBuffer[] buffers, CompletionHandler<Long, ? super A> handler,
                         A attachment) {
            super(direction, handler, attachment);
            this.buffers = buffers;
            this.reads = direction == reading;
        }

        @Override
        Long transfer() throws IOException {
            return reads ? socket.read(buffers, 0, buffers.length) : socket.write(buffers, 0, buffers.length);
        }

        @Override
        boolean hasRemaining() {
            for (ByteBuffer buffer : buffers)
                if (buffer.hasRemaining())
                    return true;
            return false;
        }
    }

    private <V> Future<V> start(Operation<V, ?> operation, long timeout, TimeUnit unit) {
        if (!isOpen())
            return operation.fail(new ClosedChannelException());
        if (!socket.isConnected()) {
            if (!isOpen())
                return operation.fail(new ClosedChannelException());
            throw new NotYetConnectedException();
        }
        return operation.start(timeout > 0 ? unit.toNanos(timeout) : 0);
    }

    private static void requireWritable(ByteBuffer buffer) {
        if (buffer.isReadOnly())
            throw new IllegalArgumentException("Read-only buffer");
    }

    private static void requireHandler(CompletionHandler<?, ?> handler) {
        Objects.requireNonNull(handler, "'handler' is null");
    }

    /** The buffers of a gathering or scattering operation, which the program's array may lose meanwhile. */
    private static ByteBuffer[] range(ByteBuffer[] buffers, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffers.length);
        ByteBuffer[] range = new ByteBuffer[length];
        for (int i = 0; i < length; i++)
            range[i] = Objects.requireNonNull(buffers[offset + i]);
        return range;
    }

    @Override
    public Future<Integer> read(ByteBuffer dst) {
        requireWritable(dst);
        return start(new SingleTransfer<>(reading, dst, null, null), 0, null);
    }

    @Override
    public <A> void read(ByteBuffer dst, long timeout, TimeUnit unit, A attachment,
                         CompletionHandler<Integer, ? super A> handler) {
        requireHandler(handler);
        requireWritable(dst);
        start(new SingleTransfer<>(reading, dst, handler, attachment), timeout, unit);
    }

    @Override
    public <A> void read(ByteBuffer[] dsts, int offset, int length, long timeout, TimeUnit unit, A attachment,
                         CompletionHandler<Long, ? super A> handler) {
        requireHandler(handler);
        ByteBuffer[] range = range(dsts, offset, length);
        for (ByteBuffer dst : range)
            requireWritable(dst);
        start(new MultipleTransfer<>(reading, range, handler, attachment), timeout, unit);
    }

    @Override
    public Future<Integer> write(ByteBuffer src) {
        Objects.requireNonNull(src);
        return start(new SingleTransfer<>(writing, src, null, null), 0, null);
    }

    @Override
    public <A> void write(ByteBuffer src, long timeout, TimeUnit unit, A attachment,
                          CompletionHandler<Integer, ? super A> handler) {
        requireHandler(handler);
        Objects.requireNonNull(src);
        start(new SingleTransfer<>(writing, src, handler, attachment), timeout, unit);
    }

    @Override
    public <A> void write(ByteBuffer[] srcs, int offset, int length, long timeout, TimeUnit unit, A attachment,
                          CompletionHandler<Long, ? super A> handler) {
        requireHandler(handler);
        ByteBuffer[] range = range(srcs, offset, length);
        start(new MultipleTransfer<>(writing, range, handler, attachment), timeout, unit);
    }

    // -- state

    @Override
    public AsynchronousSocketChannel bind(SocketAddress local) throws IOException {
        socket.bind(local);
        return this;
    }

    /** A read that waits reads the end of stream. The kernel may not report it to selectors. */
    @Override
    public AsynchronousSocketChannel shutdownInput() throws IOException {
        socket.shutdownInput();
        reading.retry();
        return this;
    }

    @Override
    public AsynchronousSocketChannel shutdownOutput() throws IOException {
        socket.shutdownOutput();
        writing.retry();
        return this;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        return socket.getLocalAddress();
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        SocketAddress remote = socket.getRemoteAddress();
        return socket.isConnected() ? remote : null;
    }

    @Override
    public <T> AsynchronousSocketChannel setOption(SocketOption<T> option, T value) throws IOException {
        socket.setOption(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return socket.getOption(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return socket.supportedOptions();
    }

    @Override
    public boolean isOpen() {
        return member.isOpen();
    }

    @Override
    public void close() throws IOException {
        member.close();
    }

    @Override
    public String toString() {
        return socket.toString().replace("SocketChannel[", "AsynchronousSocketChannel[");
    }
}
