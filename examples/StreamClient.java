// SPDX-License-Identifier: Apache-2.0
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * The client of {@link StreamServer}. It sends until a line on standard input, or the end of it, stops the client; it
 * then prints how much it has sent.
 *
 * <pre>
 *   java -cp nio-vsock.jar:classes StreamClient CID PORT
 * </pre>
 */
public final class StreamClient {
    private static final int CHUNK = 4096;

    private StreamClient() { }

    public static void main(String[] args) throws IOException {
        VsockSocketAddress server = VsockSocketAddress.of(Long.parseLong(args[0]), Long.parseLong(args[1]));
        try (SocketChannel channel = SocketChannel.open(server)) {
            System.out.println("connected to CID " + server.getCid() + ", port " + server.getVsockPort());
            System.out.println("buffer size " + channel.getOption(VsockSocketOptions.BUFFER_SIZE));
            System.out.println("sent " + sendUntil(new StopSignal(), channel) + " bytes");
        }
    }

    private static long sendUntil(StopSignal stop, SocketChannel channel) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        long sent = 0;
        do {
            sent += channel.write(chunk.clear());
        } while (!stop.isGiven());
        channel.shutdownOutput();
        return sent;
    }
}
