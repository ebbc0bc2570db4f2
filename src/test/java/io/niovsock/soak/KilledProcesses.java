// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.stress.TaggedStream;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ThreadKind;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Kills processes (SIGKILL) while they send and receive. Until then, every byte must be right; then each of their
 * connections must end, as an end of the stream or as a reset.
 */
final class KilledProcesses implements Part {
    private static final int PROCESSES = 2;
    private static final int CONNECTIONS = 3; // of each
    private static final int LONGEST_LIFE = 40; // ms after the first bytes

    private static final int RESET = -2; // a read's result, beside -1

    private int next = 1; // number of a connection

    @Override
    public String name() {
        return "killed processes";
    }

    @Override
    public int weight() {
        return 12;
    }

    @Override
    public void run(Deadline end, Ledger ledger) throws Exception {
        do {
            List<Background<Void>> threads = new ArrayList<>();
            try (TaggedPeers peers = new TaggedPeers(PROCESSES, CONNECTIONS, next)) {
                next = Math.max(1, next + PROCESSES * CONNECTIONS);
                for (TaggedPeers.Connection connection : peers.connections())
                    threads.addAll(start(connection, ledger));
                for (Process process : peers.processes()) {
                    process.waitFor(ThreadLocalRandom.current().nextInt(LONGEST_LIFE), TimeUnit.MILLISECONDS);
                    String otherwise = TaggedPeers.kill(process);
                    ledger.count("processes killed", 1);
                    ledger.check("a process reads its own bytes until it is killed", otherwise == null, otherwise);
                }
                for (Background<Void> thread : threads)
                    thread.result();
            } finally {
                for (Background<Void> thread : threads)
                    thread.close();
            }
        } while (!end.isOver());
    }

    /** Each third connection is read by a selector, and not written; the others have a reader and a writer. */
    private static List<Background<Void>> start(TaggedPeers.Connection connection, Ledger ledger) {
        List<ThreadKind> kinds = ThreadKind.available();
        ThreadKind kind = kinds.get(connection.stream().number / 3 % kinds.size());
        boolean selected = connection.stream().number % 3 == 0;
        List<Background<Void>> threads = new ArrayList<>();
        threads.add(Background.start(kind, () -> {
            String ending = selected ? readSelected(connection, ledger) : read(connection, ledger);
            ledger.count("connections of killed processes, " + ending, 1);
            ledger.check("each connection of a killed process ends", true, "");
            return null;
        }));
        if (!selected)
            threads.add(Background.start(kind, () -> {
                write(connection);
                return null;
            }));
        return threads;
    }

    private static String readSelected(TaggedPeers.Connection connection, Ledger ledger) throws IOException {
        try (Selector selector = Selector.open()) {
            SocketChannel channel = connection.channel();
            channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            ByteBuffer dst = ByteBuffer.allocateDirect(1 << 16);
            while (selector.select(TimeUnit.SECONDS.toMillis(Way.LIMIT)) > 0) {
                selector.selectedKeys().clear();
                int n = readOrEnd(channel, dst.clear());
                if (n < 0)
                    return ending(n);
                take(connection.stream(), dst.flip(), ledger);
            }
            throw new IOException("nothing was selected for " + Way.LIMIT + " s");
        }
    }

    private static String read(TaggedPeers.Connection connection, Ledger ledger) {
        ByteBuffer dst = ByteBuffer.allocate(1 + ThreadLocalRandom.current().nextInt(100_000));
        while (true) {
            int n = readOrEnd(connection.channel(), dst.clear());
            if (n < 0)
                return ending(n);
            take(connection.stream(), dst.flip(), ledger);
        }
    }

    /** The number of bytes, -1 at the end of the stream, or RESET. */
    private static int readOrEnd(SocketChannel channel, ByteBuffer dst) {
        try {
            return channel.read(dst);
        } catch (IOException e) {
            if ("Connection reset".equals(e.getMessage()) || "Connection reset by peer".equals(e.getMessage()))
                return RESET;
            throw new AssertionError("neither an end nor a reset: " + e, e);
        }
    }

    private static String ending(int n) {
        return n == RESET ? "reset" : "end of the stream";
    }

    private static void take(TaggedStream stream, ByteBuffer read, Ledger ledger) {
        byte[] bytes = new byte[read.remaining()];
        read.get(bytes);
        String mistake = stream.take(bytes);
        ledger.check("each byte of a process is at its place", mistake == null, mistake);
        if (mistake != null)
            throw new AssertionError(mistake);
        ledger.count("bytes, from processes that are killed", bytes.length);
    }

    /** Writes what the process compares, until the connection is broken. */
    private static void write(TaggedPeers.Connection connection) {
        TaggedStream stream = new TaggedStream(connection.stream().number);
        try {
            while (true) {
                int length = 1 + ThreadLocalRandom.current().nextInt(20_000);
                ByteBuffer src = ByteBuffer.wrap(TaggedStream.complement(stream.next(length)));
                stream.advance(connection.channel().write(src));
            }
        } catch (IOException killed) {
            // The reader says how the connection has ended.
            assert killed.getMessage() != null;
        }
    }
}
