// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.measure;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.LongConsumer;

/**
 * What the two sides of a bench say to each other. A connection carries one measurement:
 * <pre>
 *   client: "NVB1"  what (1 byte: U, D or P)  0 0 0  chunk size (4 bytes)  milliseconds (4 bytes)
 *   U       client: chunks, the first byte of each 1, of the last one 0
 *           then the server: bytes and nanoseconds (8 each)
 *   D       server: such chunks, for that time
 *   P       server: sends back what it gets
 * </pre>
 * No side depends on a half close, which some transports do not have.
 */
public final class BenchProtocol {
    private static final int MAGIC = 0x4E564231; // NVB1
    private static final int HEADER = 16;
    private static final int RESULT = 2 * Long.BYTES;
    private static final int PADDING = 3;
    private static final byte MORE = 1;
    private static final byte LAST = 0;

    /** The largest chunk, and the longest time, that a server accepts. */
    public static final int LARGEST_CHUNK = 4 << 20;
    /** See {@link #LARGEST_CHUNK}. */
    public static final int MOST_MILLIS = 3_600_000;

    private BenchProtocol() { }

    /** Serves one connection. */
    public static void serve(SocketChannel peer) throws IOException {
        ByteBuffer header = read(peer, ByteBuffer.allocateDirect(HEADER));
        int magic = header.getInt();
        byte what = header.get();
        header.position(header.position() + PADDING);
        int size = header.getInt();
        int millis = header.getInt();
        if (magic != MAGIC || size < 1 || size > LARGEST_CHUNK || millis < 0 || millis > MOST_MILLIS)
            throw new ProtocolException("no client of bench");
        ByteBuffer chunk = ByteBuffer.allocateDirect(size);
        switch (what) {
            case 'U' -> {
                Throughput counted = count(peer, chunk, bytes -> { });
                ByteBuffer result = ByteBuffer.allocateDirect(RESULT);
                write(peer, result.putLong(counted.bytes()).putLong(counted.nanos()).flip());
                peer.read(chunk.clear()); // until the client closes
            }
            case 'D' -> {
                fill(peer, chunk, Duration.ofMillis(millis), bytes -> { });
                peer.read(chunk.clear());
            }
            case 'P' -> {
                while (true)
                    write(peer, read(peer, chunk));
            }
            default -> throw new ProtocolException("no client of bench");
        }
    }

    /** Sends for the given time, and returns what the server has counted. */
    public static Throughput send(SocketChannel channel, int size, Duration time, LongConsumer progress)
            throws IOException {
        request(channel, 'U', size, time);
        fill(channel, ByteBuffer.allocateDirect(size), time, progress);
        ByteBuffer result = read(channel, ByteBuffer.allocateDirect(RESULT));
        return new Throughput(result.getLong(), result.getLong());
    }

    /** Receives for the given time. */
    public static Throughput receive(SocketChannel channel, int size, Duration time, LongConsumer progress)
            throws IOException {
        request(channel, 'D', size, time);
        return count(channel, ByteBuffer.allocateDirect(size), progress);
    }

    /** Measures round trips for the given time. */
    public static Samples roundTrips(SocketChannel channel, int size, Duration time, LongConsumer progress)
            throws IOException {
        request(channel, 'P', size, time);
        Samples samples = new Samples();
        Pinger pinger = new Pinger(size);
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            samples.add(pinger.ping(channel));
            progress.accept(samples.count());
        }
        return samples;
    }

    private static void request(SocketChannel channel, char what, int size, Duration time) throws IOException {
        ByteBuffer header = ByteBuffer.allocateDirect(HEADER).putInt(MAGIC).put((byte) what);
        header.position(header.position() + PADDING);
        write(channel, header.putInt(size).putInt((int) time.toMillis()).flip());
    }

    private static void fill(SocketChannel channel, ByteBuffer chunk, Duration time, LongConsumer progress)
            throws IOException {
        long end = System.nanoTime() + time.toNanos();
        long bytes = 0;
        for (boolean more = true; more;) {
            more = System.nanoTime() - end < 0;
            write(channel, chunk.clear().put(0, more ? MORE : LAST));
            bytes += chunk.capacity();
            progress.accept(bytes);
        }
    }

    private static Throughput count(SocketChannel channel, ByteBuffer chunk, LongConsumer progress)
            throws IOException {
        read(channel, chunk);
        long start = System.nanoTime();
        long bytes = 0; // those after the first chunk, which is before the time
        while (chunk.get(0) == MORE) {
            read(channel, chunk);
            bytes += chunk.capacity();
            progress.accept(bytes);
        }
        return new Throughput(bytes, System.nanoTime() - start);
    }

    private static ByteBuffer read(SocketChannel channel, ByteBuffer buffer) throws IOException {
        buffer.clear();
        while (buffer.hasRemaining())
            if (channel.read(buffer) < 0)
                throw new EOFException("the peer has closed the connection; is it `bench -l`?");
        return buffer.flip();
    }

    private static void write(SocketChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining())
            channel.write(buffer);
    }
}
