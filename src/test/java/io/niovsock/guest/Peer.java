// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * A program on another machine that obeys the commands of {@code src/test/c/peer.c}, and the exchange with it.
 *
 * @param toHost whether it is reached with {@link VsockSocketOptions#TO_HOST}
 */
public record Peer(long cid, long port, boolean toHost) {
    public static final int CHUNK = 64 * 1024;
    /**
     * As much as goes from one guest of vhost-device-vsock 0.3.0 to another in a packet. It cuts a packet that is
     * larger than the buffers of the receiving guest's kernel (3.5 to 4 KiB), and the connection hangs.
     */
    static final int SMALL = 3000;
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    Peer(long cid, long port) {
        this(cid, port, false);
    }

    /** A connection to the peer's listener of that family. */
    SocketChannel connect(VsockProtocolFamily family) throws IOException {
        SocketChannel channel = SocketChannel.open(family);
        channel.setOption(VsockSocketOptions.CONNECT_TIMEOUT, TIMEOUT); // only one attempt of the kernel
        if (toHost)
            channel.setOption(VsockSocketOptions.TO_HOST, true);
        channel.connect(VsockSocketAddress.of(cid, family == VsockProtocolFamily.VSOCK ? port : port + 1));
        return channel;
    }

    /** A connection on which the peer does what its command says. */
    SocketChannel tell(VsockProtocolFamily family, String command) throws IOException {
        SocketChannel channel = connect(family);
        writeLine(channel, command);
        return channel;
    }

    /** A connection that the peer makes to this machine, for its command. */
    SocketChannel callBack(VsockProtocolFamily family, String command) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(family)
            .bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0));
             SocketChannel order = tell(family, callTo(server, command))) {
            return verified(server.accept());
        }
    }

    private SocketChannel verified(SocketChannel accepted) throws IOException {
        long caller = ((VsockSocketAddress) accepted.getRemoteAddress()).getCid();
        if (caller != cid)
            throw new IOException("the caller has CID " + caller);
        return accepted;
    }

    /** The command that has the peer connect to a listener of this machine, its host. */
    static String callTo(ServerSocketChannel server, String command) throws IOException {
        return "call 2 " + ((VsockSocketAddress) server.getLocalAddress()).getVsockPort() + " " + command;
    }

    /** The answer to a command that has one line of it. */
    String ask(String command) throws IOException {
        try (SocketChannel channel = tell(VsockProtocolFamily.VSOCK, command)) {
            return readLine(channel);
        }
    }

    /** Sends to a peer that takes this number of bytes. Its tally must equal this side's. */
    public static void send(SocketChannel channel, VsockProtocolFamily family, long bytes) throws IOException {
        Tally tally = pour(channel, family, bytes);
        verify(tally, readLine(channel));
    }

    /** Sends to a peer that takes bytes until the end. Its tally must equal this side's. */
    static void sendAll(SocketChannel channel, VsockProtocolFamily family, long bytes) throws IOException {
        Tally tally = pour(channel, family, bytes);
        channel.shutdownOutput();
        verify(tally, readLine(channel));
    }

    /** Receives {@code bytes} from a peer that sends. Its tally must equal this side's. */
    public static void receive(SocketChannel channel, VsockProtocolFamily family, long bytes) throws IOException {
        Tally tally = collect(channel, family, bytes);
        verify(tally, readLine(channel));
    }

    static Tally pour(SocketChannel channel, VsockProtocolFamily family, long bytes) throws IOException {
        SplittableRandom random = new SplittableRandom(bytes);
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        Tally tally = new Tally();
        while (tally.bytes() < bytes) {
            for (chunk.clear(); chunk.hasRemaining(); )
                chunk.putLong(random.nextLong());
            int length = family == VsockProtocolFamily.VSOCK ? CHUNK : random.nextInt(CHUNK) + 1;
            chunk.flip().limit((int) Math.min(length, bytes - tally.bytes()));
            tally.add(chunk);
            int piece = chunk.remaining();
            int written = channel.write(chunk);
            if (written != piece)
                throw new IOException("a blocking write wrote " + written + " of " + piece + " bytes");
        }
        return tally;
    }

    static Tally collect(SocketChannel channel, VsockProtocolFamily family, long bytes) throws IOException {
        ByteBuffer piece = ByteBuffer.allocateDirect(CHUNK);
        Tally tally = new Tally();
        while (tally.bytes() < bytes) {
            piece.clear().limit((int) Math.min(CHUNK, bytes - tally.bytes()));
            do {
                if (channel.read(piece) < 0)
                    throw new EOFException("the peer has ended after " + (tally.bytes() + piece.position()) + " of "
                        + bytes + " bytes");
            } while (family == VsockProtocolFamily.VSOCK && piece.hasRemaining());
            tally.add(piece.flip());
        }
        return tally;
    }

    /** Sends in small writes to a peer that takes this number of bytes. Its tally must equal this side's. */
    static void sendSlowly(SocketChannel channel, int bytes) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(bytes);
        new SplittableRandom(bytes).nextBytes(data.array());
        Tally tally = new Tally();
        for (int at = 0; at < bytes; at += CHUNK)
            tally.add(data.slice(at, Math.min(CHUNK, bytes - at)));
        for (int at = 0; at < bytes; at += SMALL)
            channel.write(data.slice(at, Math.min(SMALL, bytes - at)));
        verify(tally, readLine(channel));
    }

    private static void verify(Tally ours, String theirs) throws IOException {
        if (!ours.toString().equals(theirs))
            throw new IOException("this side counts " + ours + ", the peer " + theirs);
    }

    static void writeLine(SocketChannel channel, String line) throws IOException {
        channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII)));
    }

    static String readToEnd(SocketChannel channel) throws IOException {
        return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Reads one line, and the bytes behind it if there are some: none of the peers sends such. */
    static String readLine(SocketChannel channel) throws IOException {
        ByteBuffer line = ByteBuffer.allocate(1024);
        while (line.position() == 0 || line.get(line.position() - 1) != '\n')
            if (channel.read(line) < 0)
                throw new EOFException("the peer has ended without an answer");
        return new String(line.array(), 0, line.position() - 1, StandardCharsets.US_ASCII);
    }
}
