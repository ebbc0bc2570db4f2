// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary A shut down output ends the stream for the peer after what was sent, while the answer still comes back
 * @library /lib
 * @run main/othervm HalfClose
 */

import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Pair;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

public class HalfClose {
    private static final int BYTES = 100_000; // fits in what any socket buffers

    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            for (Family family : Family.values()) {
                try (Pair pair = Pair.of(family)) {
                    ask(pair.client(), pair.accepted());
                    answer(pair.accepted(), pair.client());
                }
                try (Pair pair = Pair.of(family)) {
                    ask(pair.accepted(), pair.client());
                    answer(pair.client(), pair.accepted());
                }
                throughSockets(family);
                input(family);
            }
        });
    }

    private static void ask(SocketChannel channel, SocketChannel peer) throws IOException {
        channel.write(ByteBuffer.wrap(new byte[BYTES]));
        channel.shutdownOutput();
        channel.shutdownOutput(); // again has no effect
        Check.that(channel.socket().isOutputShutdown() && !channel.socket().isInputShutdown(), "the output is shut down");
        Check.that(channel.isConnected() && channel.isOpen(), "connected and open");
        Check.failsSomehow(ClosedChannelException.class, () -> channel.write(ByteBuffer.allocate(1)));
        Pair.readFully(peer, ByteBuffer.allocate(BYTES));
        Check.equal(peer.read(ByteBuffer.allocate(1)), -1, "the end of the stream");
        Check.equal(peer.read(ByteBuffer.allocate(1)), -1, "the end of the stream, again");
    }

    private static void answer(SocketChannel channel, SocketChannel peer) throws IOException {
        Pair.checkFlow(channel, peer);
        channel.close();
        Check.equal(peer.read(ByteBuffer.allocate(1)), -1, "the end of the answer");
    }

    private static void throughSockets(Family family) throws IOException {
        try (Pair pair = Pair.of(family)) {
            Socket client = pair.client().socket();
            Socket accepted = pair.accepted().socket();
            byte[] request = new byte[BYTES];
            Arrays.fill(request, (byte) 7);
            client.getOutputStream().write(request);
            client.shutdownOutput();
            Check.that(Arrays.equals(accepted.getInputStream().readAllBytes(), request), "the request came over");
            accepted.getOutputStream().write(8);
            accepted.close();
            InputStream in = client.getInputStream();
            Check.equal(in.read(), 8, "the answer");
            Check.equal(in.read(), -1, "the end of the answer");
        }
    }

    private static void input(Family family) throws IOException {
        try (Pair pair = Pair.of(family)) {
            pair.client().shutdownInput();
            Check.equal(pair.client().read(ByteBuffer.allocate(1)), -1, "what a shut down input gives");
            Check.that(pair.client().socket().isInputShutdown() && !pair.client().socket().isOutputShutdown(), "the input is shut down");
            Pair.checkFlow(pair.client(), pair.accepted());
        }
    }
}
