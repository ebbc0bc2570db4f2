// SPDX-License-Identifier: Apache-2.0
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;

/**
 * Sends a number of mebibytes of random data to a receiver. Both sides verify the data: the sender's SHA-256 follows
 * the data, and the receiver answers with its own. Exits with 1 if they differ.
 *
 * <pre>
 *   java Transfer receive 127.0.0.1:5000
 *   java Transfer send    127.0.0.1:5000 64
 * </pre>
 *
 * The format: the length in bytes as an {@code int}, the data, its digest.
 */
public final class Transfer {
    private static final int MEBIBYTE = 1 << 20;
    private static final int DIGEST_BYTES = 32;

    private Transfer() { }

    public static void main(String[] args) throws IOException {
        boolean verified = switch (args[0]) {
            case "receive" -> receive(args[1]);
            case "send" -> send(args[1], Math.multiplyExact(Integer.parseInt(args[2]), MEBIBYTE));
            default -> throw new IllegalArgumentException("expected receive or send: " + args[0]);
        };
        System.exit(verified ? 0 : 1);
    }

    private static boolean receive(String address) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(Addresses.parse(address))) {
            System.out.println("listening on " + server.getLocalAddress());
            try (SocketChannel channel = server.accept()) {
                System.out.println("accepted " + channel.getRemoteAddress() + " at " + channel.getLocalAddress());
                ByteBuffer data = ByteBuffer.allocateDirect(read(channel, ByteBuffer.allocate(Integer.BYTES)).getInt());
                long start = System.nanoTime();
                read(channel, data);
                double seconds = (System.nanoTime() - start) / 1e9;
                ByteBuffer expected = read(channel, ByteBuffer.allocate(DIGEST_BYTES));
                ByteBuffer digest = sha256(data);
                channel.write(digest.duplicate());
                System.out.printf(Locale.ROOT, "received %d bytes, %.0f MiB/s%n",
                    data.capacity(), data.capacity() / seconds / MEBIBYTE);
                return verified(digest, expected, "sent");
            }
        }
    }

    private static boolean send(String address, int bytes) throws IOException {
        ByteBuffer data = random(bytes);
        ByteBuffer digest = sha256(data);
        try (SocketChannel channel = SocketChannel.open(Addresses.parse(address))) {
            System.out.println("connected " + channel.getLocalAddress() + " to " + channel.getRemoteAddress());
            channel.write(ByteBuffer.allocate(Integer.BYTES).putInt(bytes).flip());
            channel.write(data);
            channel.write(digest.duplicate());
            channel.shutdownOutput();
            System.out.println("sent " + bytes + " bytes");
            return verified(digest, read(channel, ByteBuffer.allocate(DIGEST_BYTES)), "received");
        }
    }

    /** Compares this side's digest with the other side's. */
    private static boolean verified(ByteBuffer own, ByteBuffer other, String did) {
        boolean same = own.equals(other);
        System.out.println("SHA-256 " + HexFormat.of().formatHex(own.array())
            + (same ? ", verified: the other side has " + did + " the same"
                : ": the other side has " + did + " something else: " + HexFormat.of().formatHex(other.array())));
        return same;
    }

    /** Fills the buffer and flips it for reading. */
    private static ByteBuffer read(SocketChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining())
            if (channel.read(buffer) < 0)
                throw new EOFException("the stream ended " + buffer.remaining() + " bytes early");
        return buffer.flip();
    }

    private static ByteBuffer random(int bytes) {
        byte[] random = new byte[bytes];
        new Random().nextBytes(random);
        return ByteBuffer.allocateDirect(bytes).put(random).flip();
    }

    private static ByteBuffer sha256(ByteBuffer data) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(data.duplicate());
            return ByteBuffer.wrap(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
