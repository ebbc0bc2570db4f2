// SPDX-License-Identifier: Apache-2.0
/* @test id=blocking
 * @summary Megabytes go both ways at once, through buffers of every kind and odd sizes, and arrive as they were sent
 * @library /lib
 * @run main/othervm LargeTransfer blocking
 */

/* @test id=selected
 * @summary The same with non-blocking channels and one selector for both ends
 * @library /lib
 * @run main/othervm LargeTransfer selected
 */

import vsocktest.Attempt;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Pair;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.zip.CRC32;

public class LargeTransfer {
    private static final int BYTES = 16 << 20;

    /** How the bytes of one direction are cut into buffers. */
    private enum Buffers {
        HEAP(size -> new ByteBuffer[] { ByteBuffer.allocate(size) }),
        DIRECT(size -> new ByteBuffer[] { ByteBuffer.allocateDirect(size) }),
        OFFSET(size -> new ByteBuffer[] { ByteBuffer.allocate(size + 100).position(37).slice().limit(size) }),
        MIXED(size -> new ByteBuffer[] { ByteBuffer.allocate(1), ByteBuffer.allocateDirect(size / 3 + 1), ByteBuffer.allocate(0),
            ByteBuffer.allocate(size / 2 + 1), ByteBuffer.allocateDirect(7) });

        private final IntFunction<ByteBuffer[]> allocation;

        Buffers(IntFunction<ByteBuffer[]> allocation) {
            this.allocation = allocation;
        }
    }

    /** A stream of pseudo-random bytes, and the sum of what has gone through. */
    private abstract static class End {
        final SocketChannel channel;
        final ByteBuffer[] buffers;
        final CRC32 sum = new CRC32();
        long moved;

        End(SocketChannel channel, ByteBuffer[] buffers) {
            this.channel = channel;
            this.buffers = buffers;
        }

        /** One call; false at the end. */
        abstract boolean step() throws IOException;
    }

    private static final class Sender extends End {
        private final Random random;
        private long produced;

        Sender(SocketChannel channel, ByteBuffer[] buffers, long seed) {
            super(channel, buffers);
            random = new Random(seed);
            for (ByteBuffer buffer : buffers)
                buffer.position(buffer.limit());
        }

        @Override
        boolean step() throws IOException {
            if (moved == produced)
                refill();
            if (moved == produced) {
                channel.shutdownOutput();
                return false;
            }
            moved += buffers.length == 1 ? channel.write(buffers[0]) : channel.write(buffers);
            return true;
        }

        private void refill() {
            for (ByteBuffer buffer : buffers) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), BYTES - produced));
                byte[] bytes = new byte[buffer.remaining()];
                random.nextBytes(bytes);
                sum.update(bytes);
                buffer.put(bytes).flip();
                produced += bytes.length;
            }
        }
    }

    private static final class Receiver extends End {
        Receiver(SocketChannel channel, ByteBuffer[] buffers) {
            super(channel, buffers);
        }

        @Override
        boolean step() throws IOException {
            for (ByteBuffer buffer : buffers)
                buffer.clear();
            long n = buffers.length == 1 ? channel.read(buffers[0]) : channel.read(buffers);
            for (ByteBuffer buffer : buffers)
                sum.update(buffer.flip());
            moved += Math.max(n, 0);
            return n >= 0;
        }
    }

    private interface Mode {
        void run(List<End> ends) throws Exception;
    }

    public static void main(String[] args) throws Exception {
        Mode mode = args[0].equals("blocking") ? LargeTransfer::blocking : LargeTransfer::selected;
        Leaks.check(() -> {
            transfer(mode, Family.VSOCK, Buffers.HEAP, 8_191, Buffers.DIRECT, 1 << 20);
            transfer(mode, Family.VSOCK, Buffers.OFFSET, 300_000, Buffers.MIXED, 70_001);
            transfer(mode, Family.VSOCK_BY_FAMILY, Buffers.MIXED, 1 << 20, Buffers.HEAP, 1 << 20);
        });
    }

    private static void transfer(Mode mode, Family family, Buffers there, int sizeThere, Buffers back, int sizeBack) throws Exception {
        try (Pair pair = Pair.of(family)) {
            Sender clientSends = new Sender(pair.client(), there.allocation.apply(sizeThere), 1);
            Sender acceptedSends = new Sender(pair.accepted(), back.allocation.apply(sizeBack), 2);
            Receiver clientReceives = new Receiver(pair.client(), there.allocation.apply(sizeBack));
            Receiver acceptedReceives = new Receiver(pair.accepted(), back.allocation.apply(sizeThere));
            long start = System.nanoTime();
            mode.run(List.of(clientSends, acceptedSends, clientReceives, acceptedReceives));
            System.out.println(family + " " + there + sizeThere + " " + back + sizeBack + ": " + (System.nanoTime() - start) / 1_000_000 + " ms");
            check(clientSends, acceptedReceives);
            check(acceptedSends, clientReceives);
        }
    }

    private static void check(Sender sender, Receiver receiver) {
        Check.equal(sender.moved, (long) BYTES, "bytes sent");
        Check.equal(receiver.moved, sender.moved, "bytes received");
        Check.equal(receiver.sum.getValue(), sender.sum.getValue(), "CRC-32 of what was received");
    }

    private static void blocking(List<End> ends) throws Exception {
        List<Attempt<Object>> attempts = new ArrayList<>();
        for (End end : ends)
            attempts.add(Attempt.start(() -> {
                while (end.step())
                    continue;
                return "done";
            }));
        for (Attempt<Object> attempt : attempts)
            attempt.result();
    }

    private static void selected(List<End> ends) throws Exception {
        try (Selector selector = Selector.open()) {
            for (End end : ends) {
                end.channel.configureBlocking(false);
                SelectionKey key = end.channel.keyFor(selector);
                if (key == null)
                    key = end.channel.register(selector, 0, new ArrayList<End>());
                key.interestOpsOr(interest(end));
                ends(key).add(end);
            }
            while (selector.keys().stream().anyMatch(key -> key.interestOps() != 0)) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys())
                    for (End end : ends(key))
                        if ((key.readyOps() & interest(end)) != 0 && !end.step())
                            key.interestOpsAnd(~interest(end));
                selector.selectedKeys().clear();
            }
        }
    }

    private static int interest(End end) {
        return end instanceof Sender ? SelectionKey.OP_WRITE : SelectionKey.OP_READ;
    }

    @SuppressWarnings("unchecked")
    private static List<End> ends(SelectionKey key) {
        return (List<End>) key.attachment();
    }
}
