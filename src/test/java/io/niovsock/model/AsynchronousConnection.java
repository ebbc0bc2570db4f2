// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * An asynchronous listener, a channel that may connect to it, and the channel that may be accepted: of one family,
 * which the address chooses. Operations tell their outcome as text that should be the same for each family, and so
 * does what they end: a read or an accept that was left pending.
 *
 * <p> This knows which bytes are on the way. So it waits for what must come, and leaves out what would depend on the
 * time.
 */
final class AsynchronousConnection implements AutoCloseable {
    private static final int MOST_UNREAD = 20_000; // less than any socket's buffer

    private final AsynchronousServerSocketChannel listener = AsynchronousServerSocketChannel.open();
    private final KeptPort port = new KeptPort();
    private final SocketAddress any;
    private final SocketAddress address;
    private final End client = new End(AsynchronousSocketChannel.open());
    private End server; // null: not accepted
    private boolean waiting; // connected, not accepted
    private Future<AsynchronousSocketChannel> pendingAccept;

    /** A channel, and what the model knows of it. */
    private static final class End {
        final AsynchronousSocketChannel channel;
        int unread; // bytes that the other end has written
        boolean inputEnds; // the other end sends no more
        boolean peerClosed;
        boolean inputShut;
        boolean readingEnded; // by a cancellation or a timeout
        Future<Integer> pendingRead;

        End(AsynchronousSocketChannel channel) {
            this.channel = channel;
        }

        boolean isConnected() throws IOException {
            return channel.isOpen() && channel.getRemoteAddress() != null;
        }
    }

    /**
     * @param any an address to bind to, with a port of the system's choice
     */
    AsynchronousConnection(SocketAddress any) throws IOException {
        this.any = any;
        listener.bind(any);
        address = listener.getLocalAddress();
        sendAtOnce(client.channel);
    }

    /** TCP keeps small writes back otherwise, and a close with unread bytes, which is a reset, loses what it keeps. */
    private static void sendAtOnce(AsynchronousSocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    /** Performs an operation, and tells its outcome: what it returns, or the class of its exception. */
    String perform(AsynchronousOperation operation) {
        End end = operation.server() ? server : client;
        if (end == null && !operation.isOfListener())
            return Outcome.LEFT_OUT;
        return Outcome.of(() -> perform(operation, end));
    }

    private Object perform(AsynchronousOperation operation, End end) throws Exception {
        int size = operation.size();
        return switch (operation.kind()) {
            case BIND -> end.channel.bind(any) == end.channel;
            case CONNECT -> connect(end);
            case READ -> read(end, size);
            case READ_TIMED -> readTimed(end, size);
            case WRITE -> write(end, size, buffer -> end.channel.write(buffer));
            case WRITE_VECTOR -> write(end, size, buffer -> gathered(end, buffer));
            case CANCEL_READ -> cancelRead(end);
            case SHUT_INPUT -> shutInput(end);
            case SHUT_OUTPUT -> {
                end.channel.shutdownOutput();
                End other = other(end);
                other.inputEnds = true;
                yield "done" + endedRead(other);
            }
            case CLOSE -> close(end);
            case KEEP_ALIVE -> end.channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true)
                .getOption(StandardSocketOptions.SO_KEEPALIVE);
            case STATE -> state(end.channel);
            case ACCEPT -> accept();
            case CLOSE_LISTENER -> closeListener();
            case BIND_LISTENER -> listener.bind(any) == listener;
            case LISTENER_STATE -> "open " + listener.isOpen() + ", address " + (listener.getLocalAddress() != null);
        };
    }

    private End other(End end) {
        End other = end == client ? server : client;
        return other == null ? new End(null) : other; // what happens to one that is not accepted is not known
    }

    private static <T> T await(Future<T> future) throws Exception {
        return Outcome.resultOf(future);
    }

    private Object connect(End end) throws Exception {
        if (server != null && end.channel.isOpen() && !end.isConnected())
            return Outcome.LEFT_OUT;
        await(end.channel.connect(address));
        waiting = true;
        return "connected" + (pendingAccept == null ? "" : ", " + accepted(pendingAccept));
    }

    private Object accept() throws Exception {
        boolean comes = waiting || !listener.isOpen();
        Future<AsynchronousSocketChannel> accept = listener.accept();
        if (comes)
            return accepted(accept);
        pendingAccept = accept;
        return "pending";
    }

    private String accepted(Future<AsynchronousSocketChannel> accept) throws Exception {
        pendingAccept = null;
        AsynchronousSocketChannel channel = await(accept);
        waiting = false;
        sendAtOnce(channel);
        server = new End(channel);
        return "accepted, " + state(channel);
    }

    private Object closeListener() throws IOException {
        if (waiting)
            return Outcome.LEFT_OUT; // when the client hears of it depends on the family
        Future<?> pending = pendingAccept;
        pendingAccept = null;
        listener.close();
        port.keep(address);
        return "closed" + (pending == null ? "" : ", accept: " + Outcome.of(() -> await(pending)));
    }

    /** Reads all that must be there, which may take several reads, or leaves a read pending. */
    private Object read(End end, int size) throws Exception {
        boolean comes = end.unread > 0 || end.inputEnds || end.inputShut || size == 0;
        boolean canRead = end.isConnected() && end.pendingRead == null && !end.readingEnded;
        if (!canRead || !end.channel.isOpen())
            return await(end.channel.read(ByteBuffer.allocate(size)));
        if (waiting)
            return Outcome.LEFT_OUT; // the other end does not exist yet, so no byte comes
        if (!comes) {
            end.pendingRead = end.channel.read(ByteBuffer.allocateDirect(size));
            return "pending";
        }
        int expected = Math.min(size, end.unread);
        int total = 0;
        do {
            int n = await(end.channel.read(ByteBuffer.allocate(size - total)));
            if (n < 0)
                return total == 0 ? n : total;
            total += n;
            end.unread -= n;
        } while (total < expected);
        return total;
    }

    /** A read that nothing comes for, and that its limit ends. */
    private Object readTimed(End end, int size) throws Exception {
        boolean comes = end.unread > 0 || end.inputEnds || end.inputShut || size == 0;
        if (comes || waiting || !end.isConnected())
            return Outcome.LEFT_OUT;
        CompletableFuture<Integer> result = new CompletableFuture<>();
        end.channel.read(ByteBuffer.allocate(size), 1, TimeUnit.MILLISECONDS, result, new CompletionHandler<>() {
            @Override
            public void completed(Integer n, CompletableFuture<Integer> its) {
                its.complete(n);
            }

            @Override
            public void failed(Throwable failure, CompletableFuture<Integer> its) {
                its.completeExceptionally(failure);
            }
        });
        end.readingEnded = true;
        return await(result);
    }

    private static Object cancelRead(End end) {
        if (end.pendingRead == null)
            return Outcome.LEFT_OUT;
        Future<Integer> pending = end.pendingRead;
        end.pendingRead = null;
        end.readingEnded = true;
        boolean cancelled = pending.cancel(false);
        return cancelled + ", " + pending.isCancelled() + ", open " + end.channel.isOpen();
    }

    private interface Writing {
        Future<Integer> write(ByteBuffer buffer);
    }

    private static Future<Integer> gathered(End end, ByteBuffer buffer) {
        CompletableFuture<Integer> result = new CompletableFuture<>();
        int half = buffer.limit() / 2;
        ByteBuffer[] parts = { buffer.slice(0, half), buffer.slice(half, buffer.limit() - half) };
        end.channel.write(parts, 0, 2, 0, TimeUnit.SECONDS, null, new CompletionHandler<Long, Void>() {
            @Override
            public void completed(Long n, Void none) {
                result.complete(n.intValue());
            }

            @Override
            public void failed(Throwable failure, Void none) {
                result.completeExceptionally(failure);
            }
        });
        return result;
    }

    private Object write(End end, int size, Writing writing) throws Exception {
        End other = other(end);
        boolean connected = end.isConnected();
        if (connected && (waiting || end.peerClosed || other.inputShut || other.unread > MOST_UNREAD))
            return Outcome.LEFT_OUT; // when a peer hears of its reader's end depends on the family
        int n = await(writing.write(ByteBuffer.allocate(size)));
        if (!connected || n == 0)
            return n;
        other.unread += n;
        return n + endedRead(other);
    }

    private Object shutInput(End end) throws Exception {
        end.channel.shutdownInput();
        end.inputShut = true;
        return "done" + endedRead(end);
    }

    private Object close(End end) throws Exception {
        boolean connected = end.isConnected();
        if (connected && waiting)
            return Outcome.LEFT_OUT;
        Future<Integer> pending = end.pendingRead;
        end.pendingRead = null;
        end.channel.close();
        End other = other(end);
        other.inputEnds |= connected;
        other.peerClosed |= connected;
        return "closed" + (pending == null ? "" : ", own read: " + Outcome.of(() -> await(pending)))
            + (connected ? endedRead(other) : "");
    }

    /** What the read that was pending has got now. */
    private static String endedRead(End end) {
        Future<Integer> pending = end.pendingRead;
        if (pending == null)
            return "";
        end.pendingRead = null;
        return ", pending read: " + Outcome.of(() -> {
            int n = await(pending);
            end.unread -= Math.max(n, 0);
            return n;
        });
    }

    private static String state(AsynchronousSocketChannel channel) throws IOException {
        return "open " + channel.isOpen() + ", local " + (channel.getLocalAddress() != null) + ", remote "
            + (channel.getRemoteAddress() != null);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        port.close();
        client.channel.close();
        if (server != null)
            server.channel.close();
    }
}
