// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;

/** The program of {@code src/test/c/peer.c} on another machine: its commands, and the exchange with it. */
record Peer(long cid, long port) {
    private static final int CHUNK = 64 * 1024;
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** A connection to the peer's listener of that family. */
    SocketChannel connect(VsockProtocolFamily family) throws IOException {
        SocketChannel channel = SocketChannel.open(family);
        channel.setOption(VsockSocketOptions.CONNECT_TIMEOUT, TIMEOUT); // only one attempt of the kernel
        channel.connect(VsockSocketAddress.of(cid, family == VsockProtocolFamily.VSOCK ? port : port + 1));
        return channel;
    }

    /** A connection on which the peer does what its command says. */
    SocketChannel tell(VsockProtocolFamily family, String command) throws IOException {
        SocketChannel channel = connect(family);
        channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
        return channel;
    }

    /** A connection that the peer makes to this machine, for its command. */
    SocketChannel callBack(VsockProtocolFamily family, String command) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(family)
            .bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0));
             SocketChannel order = tell(family,
                 "call 2 " + ((VsockSocketAddress) server.getLocalAddress()).getVsockPort() + " " + command)) {
            return server.accept();
        }
    }

    /** Sends to a peer that receives. Its tally must equal this side's. */
    static void send(SocketChannel channel, VsockProtocolFamily family, long bytes) throws IOException {
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
        channel.shutdownOutput();
        verify(tally, readLine(channel));
    }

    /** Receives {@code bytes} from a peer that sends. Its tally must equal this side's. */
    static void receive(SocketChannel channel, VsockProtocolFamily family, long bytes) throws IOException {
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
        verify(tally, readLine(channel));
    }

    private static void verify(Tally ours, String theirs) throws IOException {
        if (!ours.toString().equals(theirs))
            throw new IOException("this side counts " + ours + ", the peer " + theirs);
    }

    private static String readLine(SocketChannel channel) throws IOException {
        ByteBuffer line = ByteBuffer.allocate(256);
        while (line.position() == 0 || line.get(line.position() - 1) != '\n')
            if (channel.read(line) < 0)
                throw new EOFException("the peer has ended without an answer");
        return new String(line.array(), 0, line.position() - 1, StandardCharsets.US_ASCII);
    }
}
