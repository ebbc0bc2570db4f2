// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary FileChannel.transferTo and transferFrom move any part of a file over vsock, in blocking mode and with a
 *          selector, and leave the file's own position alone
 * @library /lib
 * @run main/othervm TransferTo
 */

import vsocktest.Attempt;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Pair;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

public class TransferTo {
    private static final int BYTES = 5_000_003;
    private static final byte[] CONTENT = new byte[BYTES];

    public static void main(String[] args) throws Exception {
        new Random(1).nextBytes(CONTENT);
        Path source = Files.write(Path.of("source"), CONTENT);
        Leaks.check(() -> {
            for (Family family : Family.values())
                for (boolean blocking : new boolean[] { true, false }) {
                    there(family, blocking, source, 0, BYTES);
                    there(family, blocking, source, 12_345, 1_000_000);
                    there(family, blocking, source, BYTES - 1, 1);
                    back(family, blocking);
                }
        });
    }

    private static void there(Family family, boolean blocking, Path source, int position, int count) throws Exception {
        try (Pair pair = Pair.of(family); FileChannel file = FileChannel.open(source)) {
            Attempt<byte[]> receiving = Attempt.start(() -> pair.accepted().socket().getInputStream().readAllBytes());
            pair.client().configureBlocking(blocking);
            file.position(99);
            int done = 0;
            while (done < count) {
                long n = file.transferTo(position + done, count - done, pair.client());
                Check.that(n >= 0 && n <= count - done, n + " of " + (count - done) + " bytes");
                if (n == 0)
                    awaitReady(pair.client(), SelectionKey.OP_WRITE);
                done += (int) n;
            }
            Check.equal(file.position(), 99L, "position of the file");
            pair.client().shutdownOutput();
            byte[] received = receiving.result();
            Check.that(Arrays.equals(received, Arrays.copyOfRange(CONTENT, position, position + count)),
                received.length + " bytes received are the " + count + " at " + position);
        }
    }

    private static void back(Family family, boolean blocking) throws Exception {
        Path target = Files.createTempFile(Path.of("."), "target", "");
        try (Pair pair = Pair.of(family); FileChannel file = FileChannel.open(target, StandardOpenOption.WRITE)) {
            Attempt<Object> sending = Attempt.start(() -> {
                pair.accepted().write(ByteBuffer.wrap(CONTENT));
                return pair.accepted().shutdownOutput();
            });
            pair.client().configureBlocking(blocking);
            int done = 0;
            while (done < BYTES) {
                long n = file.transferFrom(pair.client(), done, BYTES - done);
                if (n == 0)
                    awaitReady(pair.client(), SelectionKey.OP_READ);
                done += (int) n;
            }
            sending.result();
            Check.equal(file.transferFrom(pair.client(), done, 10), 0L, "bytes after the end");
        }
        Check.that(Arrays.equals(Files.readAllBytes(target), CONTENT), "the file has what was sent");
        Files.delete(target);
    }

    private static void awaitReady(SocketChannel channel, int operation) throws IOException {
        if (channel.isBlocking())
            throw new AssertionError("nothing was moved in blocking mode");
        try (Selector selector = Selector.open()) {
            channel.register(selector, operation);
            selector.select();
        }
    }
}
