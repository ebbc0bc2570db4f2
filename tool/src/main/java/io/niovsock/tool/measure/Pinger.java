// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.measure;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * Sends messages to a peer that sends them back, and measures how long each takes. A message begins with its number, if
 * it has room for that, and the bytes that come back are compared.
 */
public final class Pinger {
    private static final int NUMBER = Long.BYTES;

    private final ByteBuffer message;
    private final ByteBuffer answer;
    private long number;

    /**
     * Creates a pinger.
     *
     * @param size the bytes of a message
     */
    public Pinger(int size) {
        message = ByteBuffer.allocateDirect(size);
        for (int i = 0; i < size; i++)
            message.put(i, (byte) i);
        answer = ByteBuffer.allocateDirect(size + 1); // one more, so that a longer datagram is noticed
    }

    private void nextMessage() {
        number++;
        if (message.capacity() >= NUMBER)
            message.putLong(0, number);
        message.clear();
        answer.clear();
    }

    /** {@return the nanoseconds of one round trip} */
    public long ping(SocketChannel channel) throws IOException {
        nextMessage();
        answer.limit(message.capacity());
        long start = System.nanoTime();
        while (message.hasRemaining())
            channel.write(message);
        while (answer.hasRemaining())
            if (channel.read(answer) < 0)
                throw new EOFException("the peer has closed the connection");
        long nanos = System.nanoTime() - start;
        if (!isAnswer())
            throw new IOException("the peer does not send back what it gets: is it `ping -l`?");
        return nanos;
    }

    private boolean isAnswer() {
        return answer.flip().equals(message.clear());
    }

    /** {@return the nanoseconds of one round trip; -1 if the datagram was not answered in time} */
    public long ping(DatagramChannel channel, SocketAddress peer, Selector selector, Duration limit)
            throws IOException {
        nextMessage();
        long start = System.nanoTime();
        channel.send(message, peer);
        while (true) {
            long left = limit.toMillis() - (System.nanoTime() - start) / 1_000_000;
            if (left <= 0)
                return -1;
            if (channel.receive(answer.clear()) != null && isAnswer())
                return System.nanoTime() - start;
            // an earlier message's answer, which is too late, or none
            selector.select(key -> { }, left);
        }
    }

    /** Registers a channel for {@link #ping(DatagramChannel, SocketAddress, Selector, Duration)}. */
    public static void register(DatagramChannel channel, Selector selector) throws IOException {
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
    }
}
