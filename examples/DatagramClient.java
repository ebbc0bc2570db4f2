// SPDX-License-Identifier: Apache-2.0
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

/**
 * The client of {@link DatagramServer}. It sends datagrams, and waits for an answer after each. A line on standard
 * input, or the end of it, stops the client; it then prints how much it has sent.
 *
 * <pre>
 *   java -cp nio-vsock.jar:classes DatagramClient CID PORT
 * </pre>
 */
public final class DatagramClient {
    private static final int SIZE = 1000;
    private static final int PATIENCE_MILLIS = 10_000;

    private DatagramClient() { }

    public static void main(String[] args) throws IOException {
        VsockSocketAddress server = VsockSocketAddress.of(Long.parseLong(args[0]), Long.parseLong(args[1]));
        ByteBuffer datagram = ByteBuffer.allocateDirect(SIZE);
        try (DatagramChannel channel = DatagramChannel.open(VsockProtocolFamily.VSOCK);
             Selector selector = Selector.open()) {
            channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            System.out.println("sending to CID " + server.getCid() + ", port " + server.getVsockPort());
            long datagrams = 0;
            long bytes = 0;
            StopSignal stop = new StopSignal();
            do {
                bytes += channel.send(datagram.clear(), server);
                datagrams++;
                long received = answer(channel, selector);
                if (received != bytes)
                    throw new IOException(bytes + " bytes were sent, and " + received + " received");
            } while (!stop.isGiven());
            channel.send(datagram.clear().limit(0), server);
            System.out.println("sent " + datagrams + " datagrams, " + bytes + " bytes");
        }
    }

    private static long answer(DatagramChannel channel, Selector selector) throws IOException {
        ByteBuffer answer = ByteBuffer.allocateDirect(Long.BYTES);
        while (channel.receive(answer.clear()) == null) {
            if (selector.select(PATIENCE_MILLIS) == 0)
                throw new IOException("no answer within " + PATIENCE_MILLIS + " ms");
            selector.selectedKeys().clear();
        }
        return answer.flip().getLong();
    }
}
