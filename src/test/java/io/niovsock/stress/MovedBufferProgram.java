// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.datagram.DatagramKind;
import io.niovsock.testkit.Arena;
import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.net.SocketException;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Reads into buffers and writes from them while another thread moves their position and limit, on every path. Each path
 * runs for a number of milliseconds, and until bytes have moved. A buffer contains OWN bytes, and FOREIGN bytes are
 * around it: no peer may see those, and no read may change them. An error on a path may also end the JVM.
 */
final class MovedBufferProgram {
    private static final byte OWN = 'O';
    private static final byte FOREIGN = 'X';
    private static final byte RECEIVED = 'N';
    private static final int SIZE = 48 << 10;
    private static final int GUARD = 64 << 10; // more than the error that a range could have

    private static volatile boolean ending;

    private MovedBufferProgram() { }

    enum Socket { STREAM, RECORD, DATAGRAM }

    enum Operation { READ, SCATTER, WRITE, GATHER }

    enum Memory { HEAP, HEAP_READ_ONLY, HEAP_SMALL, DIRECT, DIRECT_READ_ONLY, MAPPED, CONFINED_ARENA, SHARED_ARENA }

    /** A buffer within memory that is not its own. */
    private record Guarded(ByteBuffer whole, ByteBuffer own) {
        static Guarded of(Memory memory) throws Exception {
            int size = memory == Memory.HEAP_SMALL ? 1000 : SIZE;
            ByteBuffer whole = allocate(memory, size + 2 * GUARD);
            for (int i = 0; i < whole.capacity(); i++)
                whole.put(i, i >= GUARD && i < GUARD + size ? OWN : FOREIGN);
            ByteBuffer own = whole.slice(GUARD, size);
            return new Guarded(whole, memory.name().endsWith("READ_ONLY") ? own.asReadOnlyBuffer() : own);
        }

        void check() {
            for (int i = 0; i < whole.capacity(); i++)
                if ((i < GUARD || i >= GUARD + own.capacity()) && whole.get(i) != FOREIGN)
                    throw new AssertionError("a byte outside of the buffer was changed, at " + (i - GUARD));
        }
    }

    private static ByteBuffer allocate(Memory memory, int size) throws Exception {
        return switch (memory) {
            case HEAP, HEAP_READ_ONLY, HEAP_SMALL -> ByteBuffer.allocate(size);
            case DIRECT, DIRECT_READ_ONLY -> ByteBuffer.allocateDirect(size);
            case MAPPED -> map(size);
            case CONFINED_ARENA -> Arena.confined().allocate(size);
            case SHARED_ARENA -> Arena.shared().allocate(size);
        };
    }

    private static ByteBuffer map(int size) throws IOException {
        Path file = Files.createTempFile("moved", ".buffer");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
        }
    }

    private record Ends(ByteChannel tested, ByteChannel peer) {
        static Ends open(Socket socket) throws IOException {
            if (socket == Socket.DATAGRAM) {
                DatagramChannel a = DatagramKind.VSOCK.openBound();
                DatagramChannel b = DatagramKind.VSOCK.openBound();
                return new Ends(a.connect(DatagramKind.VSOCK.addressOf(b)), b.connect(DatagramKind.VSOCK.addressOf(a)));
            }
            VsockProtocolFamily family = socket == Socket.STREAM ? VsockProtocolFamily.VSOCK
                : VsockProtocolFamily.VSOCK_SEQPACKET;
            try (ServerSocketChannel server = ServerSocketChannel.open(family)) {
                server.bind(ChannelKind.VSOCK.freeEndpoint());
                SocketChannel client = SocketChannel.open(family);
                client.connect(server.getLocalAddress());
                return new Ends(client, server.accept());
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        Socket socket = Socket.valueOf(arguments[0]);
        long nanos = Long.parseLong(arguments[1]) * 1_000_000;
        int paths = 0;
        for (Operation operation : Operation.values())
            for (Memory memory : Memory.values()) {
                boolean reading = operation.compareTo(Operation.WRITE) < 0;
                if (reading && memory.name().endsWith("READ_ONLY")
                    || memory.name().endsWith("ARENA") && Runtime.version().feature() < 22)
                    continue;
                System.out.println(operation + " " + memory);
                if (reading)
                    read(socket, operation, memory, nanos);
                else
                    write(socket, operation, memory, nanos);
                paths++;
            }
        System.out.println("paths=" + paths);
    }

    private static Thread start(List<Throwable> failures, Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (Throwable e) {
                if (!ending || !(e instanceof IOException)) // the other end is closed
                    synchronized (failures) {
                        failures.add(e);
                    }
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private interface Task {
        void run() throws Exception;
    }

    /** Every change that a program may make to the position and limit of a buffer. */
    private static void move(ByteBuffer buffer) {
        SplittableRandom random = new SplittableRandom();
        int capacity = buffer.capacity();
        while (!ending)
            try {
                switch (random.nextInt(6)) {
                    case 0 -> buffer.clear();
                    case 1 -> buffer.limit(random.nextInt(capacity + 1));
                    case 2 -> buffer.position(random.nextInt(capacity + 1));
                    case 3 -> buffer.flip();
                    case 4 -> buffer.limit(capacity).position(capacity - random.nextInt(100));
                    default -> buffer.limit(capacity).position(0);
                }
            } catch (IllegalArgumentException theyHaveMoved) {
                buffer.clear();
            }
    }

    private static void write(Socket socket, Operation operation, Memory memory, long nanos) throws Exception {
        Guarded guarded = Guarded.of(memory);
        Ends ends = Ends.open(socket);
        ByteBuffer src = guarded.own;
        ByteBuffer[] srcs = { ByteBuffer.wrap(new byte[] { OWN }), src, src, ByteBuffer.allocateDirect(1).put(0, OWN) };
        run(ends, src, nanos, () -> {
            ByteBuffer dst = ByteBuffer.allocateDirect(1 << 20);
            for (int n; (n = ends.peer.read(dst.clear())) >= 0; )
                for (int i = 0; i < n; i++)
                    if (dst.get(i) != OWN)
                        throw new AssertionError("a byte of foreign memory was sent: " + dst.get(i) + " at " + i
                            + " of " + n);
        }, () -> {
            if (operation == Operation.WRITE)
                return ends.tested.write(src);
            srcs[0].clear();
            srcs[3].clear();
            return ((GatheringByteChannel) ends.tested).write(srcs);
        });
    }

    private static void read(Socket socket, Operation operation, Memory memory, long nanos) throws Exception {
        Guarded guarded = Guarded.of(memory);
        Ends ends = Ends.open(socket);
        ByteBuffer dst = guarded.own;
        ByteBuffer[] dsts = { ByteBuffer.allocate(1), dst, dst, ByteBuffer.allocateDirect(1) };
        run(ends, dst, nanos, () -> {
            ByteBuffer src = ByteBuffer.allocateDirect(SIZE / 2);
            while (src.hasRemaining())
                src.put(RECEIVED);
            while (!ending)
                ends.peer.write(src.clear());
        }, () -> {
            if (operation == Operation.READ)
                return ends.tested.read(dst);
            dsts[0].clear();
            dsts[3].clear();
            return ((ScatteringByteChannel) ends.tested).read(dsts);
        });
        guarded.check();
    }

    private interface Attempt {
        long run() throws IOException;
    }

    private static void run(Ends ends, ByteBuffer buffer, long nanos, Task peer, Attempt attempt) throws Exception {
        ending = false;
        List<Throwable> failures = new ArrayList<>();
        Thread mover = start(failures, () -> move(buffer));
        Thread other = start(failures, peer);
        long moved = 0;
        long end = System.nanoTime() + nanos;
        while ((moved == 0 || System.nanoTime() - end < 0) && other.isAlive())
            try {
                moved += Math.max(0, attempt.run());
            } catch (IllegalArgumentException | IndexOutOfBoundsException | BufferOverflowException
                     | BufferUnderflowException theyHaveMoved) {
                // as with the platform's channels; the next attempt has a buffer again
            } catch (SocketException e) {
                String message = String.valueOf(e.getMessage());
                if (!message.contains("were lost") && !message.contains("nothing was sent"))
                    throw e; // only a record that was longer than the room, or than the transport allows
                moved++;
            }
        ending = true;
        ends.tested.close();
        ends.peer.close();
        mover.join();
        other.join();
        if (!failures.isEmpty())
            throw new AssertionError(failures.get(0));
    }
}
