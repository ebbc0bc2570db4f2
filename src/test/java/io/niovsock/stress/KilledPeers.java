// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.ThreadKind;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A program that reads tagged streams in every way, from processes that it kills meanwhile. The first wrong byte ends
 * the program; it prints the bytes and the peer.
 */
final class KilledPeers {
    private static final int C_PEERS = 3;
    private static final int CONNECTIONS = 3; // of each peer
    private static final int JVM_ROUND = 8; // every eighth round has a JVM among the peers, which starts slowly
    private static final int MAX_MILLIS = 120;

    /** The ways to read. */
    private enum Way {
        SMALL_ARRAY {
            @Override
            byte[] read(SocketChannel channel, Random random) throws IOException {
                return into(channel, ByteBuffer.allocate(1 + random.nextInt(300)));
            }
        },
        ARRAY {
            @Override
            byte[] read(SocketChannel channel, Random random) throws IOException {
                return into(channel, ByteBuffer.allocate(8192));
            }
        },
        LARGE_ARRAY {
            @Override
            byte[] read(SocketChannel channel, Random random) throws IOException {
                return into(channel, ByteBuffer.allocate(65_536 + random.nextInt(100_000)));
            }
        },
        PART_OF_AN_ARRAY {
            @Override
            byte[] read(SocketChannel channel, Random random) throws IOException {
                return into(channel, ByteBuffer.allocate(40_000).position(1 + random.nextInt(99)).slice());
            }
        },
        DIRECT {
            private final ThreadLocal<ByteBuffer> buffer =
                ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(65_536));

            @Override
            byte[] read(SocketChannel channel, Random random) throws IOException {
                return into(channel, buffer.get().clear());
            }
        },
        SCATTERED {
            @Override
            byte[] read(SocketChannel channel, Random random) throws IOException {
                ByteBuffer[] parts = { ByteBuffer.allocate(1 + random.nextInt(9)), ByteBuffer.allocate(20_000),
                    ByteBuffer.allocate(777) };
                long n = channel.read(parts);
                if (n < 0)
                    return null;
                ByteBuffer whole = ByteBuffer.allocate((int) n);
                for (ByteBuffer part : parts)
                    whole.put(part.flip());
                return whole.array();
            }
        };

        /** The bytes of one read; null at the end of the stream. */
        abstract byte[] read(SocketChannel channel, Random random) throws IOException;

        private static byte[] into(SocketChannel channel, ByteBuffer dst) throws IOException {
            int start = dst.position();
            int n = channel.read(dst);
            if (n < 0)
                return null;
            byte[] bytes = new byte[n];
            dst.get(start, bytes);
            return bytes;
        }
    }

    private final VsockSocketAddress where;
    private final ServerSocketChannel server;
    private final Random random = new Random();
    private final Map<Integer, String> peers = new ConcurrentHashMap<>(); // by the number of the connection
    private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();
    private int nextNumber = random.nextInt(1 << 30) + (1 << 24);

    private KilledPeers(ServerSocketChannel server) throws IOException {
        this.server = server;
        this.where = (VsockSocketAddress) server.getLocalAddress();
    }

    /** @param args the duration in seconds */
    public static void main(String[] args) throws Exception {
        try (ServerSocketChannel server = ChannelKind.VSOCK.openServer().bind(ChannelKind.VSOCK.freeEndpoint(), 200)) {
            KilledPeers test = new KilledPeers(server);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.parseLong(args[0]));
            int rounds = 0;
            do {
                test.round(rounds % JVM_ROUND == JVM_ROUND - 1);
                if (++rounds % 20 == 0)
                    System.out.println(test.count(rounds));
            } while (System.nanoTime() < end && test.wrong.isEmpty());
            test.wrong.forEach(System.out::println);
            System.out.println(test.count(rounds));
            System.exit(test.wrong.isEmpty() ? 0 : 1);
        }
    }

    private String count(int rounds) {
        return "rounds " + rounds + ", connections " + connections + ", bytes " + bytes + ", wrong " + wrong.size();
    }

    private void round(boolean withJvm) throws Exception {
        List<Process> processes = new ArrayList<>();
        List<Background<Void>> readers = new ArrayList<>();
        try {
            for (int i = 0; i < C_PEERS; i++)
                processes.add(startInC());
            if (withJvm)
                processes.add(startJvm());
            for (int i = 0; i < processes.size() * CONNECTIONS; i++) {
                SocketChannel channel = server.accept();
                List<ThreadKind> kinds = ThreadKind.available();
                ThreadKind kind = kinds.get(random.nextInt(kinds.size()));
                readers.add(Background.start(kind, () -> serve(kind, channel)));
            }
            for (Process process : processes) {
                if (process.waitFor(random.nextInt(MAX_MILLIS), TimeUnit.MILLISECONDS))
                    wrong.add("the peer " + process.pid() + " has ended before it was killed: "
                        + ChildJvm.finish(process).text());
                process.destroyForcibly();
            }
            for (Background<Void> reader : readers)
                reader.result();
        } finally {
            for (Process process : processes) {
                process.destroyForcibly().waitFor();
                process.getInputStream().close();
            }
            for (Background<Void> reader : readers)
                reader.close();
        }
        peers.clear();
    }

    private Process startInC() throws IOException {
        int first = takeNumbers();
        Process process = new ProcessBuilder(CProgram.of("tagged"), Machine.peerTransport(),
            Long.toString(where.getCid()),
            Long.toString(where.getVsockPort()), Integer.toString(first), Integer.toString(CONNECTIONS))
                .redirectErrorStream(true).start();
        return remember(first, "program in C", process);
    }

    private Process startJvm() throws IOException {
        int first = takeNumbers();
        return remember(first, "JVM", ChildJvm.of(JavaPeer.class).arguments(where, first).start());
    }

    private int takeNumbers() {
        int first = nextNumber;
        nextNumber += CONNECTIONS;
        return first;
    }

    private Process remember(int first, String program, Process process) {
        for (int i = 0; i < CONNECTIONS; i++)
            peers.put(first + i, program + ", process " + process.pid());
        return process;
    }

    /** Reads until the peer is killed, and writes, too, if the peer reads. */
    private Void serve(ThreadKind kind, SocketChannel channel) throws Exception {
        connections.incrementAndGet();
        Random chance = new Random();
        try (channel) {
            ByteBuffer word = ByteBuffer.allocate(Long.BYTES);
            while (word.hasRemaining())
                if (channel.read(word) < 0)
                    return null;
            TaggedStream stream = new TaggedStream(TaggedStream.numberOf(word.array()));
            String about = "connection " + stream.number + " of " + peers.getOrDefault(stream.number, "NOBODY WE KNOW")
                + " at "
                + channel.getRemoteAddress() + ", " + kind;
            note(stream.take(word.array()), about + ", first word", word.array());
            boolean selected = chance.nextInt(4) == 0;
            try (Background<Void> writer = selected ? null
                : Background.start(kind, () -> write(channel, stream.number));
                 Selector selector = selected ? Selector.open() : null) {
                if (selected)
                    channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                read(channel, stream, selector, about, chance);
            }
        } catch (IOException killed) {
            // a reset: allowed by the transport
        }
        return null;
    }

    private void read(SocketChannel channel, TaggedStream stream, Selector selector, String about, Random chance)
        throws IOException {
        Way way = Way.values()[chance.nextInt(Way.values().length)];
        while (wrong.isEmpty()) {
            if (selector != null)
                selector.select(100);
            byte[] got = way.read(channel, chance);
            if (got == null)
                return;
            bytes.addAndGet(got.length);
            note(stream.take(got), about + ", " + way + (selector == null ? "" : ", selected"), got);
            if (chance.nextInt(50) == 0)
                way = Way.values()[chance.nextInt(Way.values().length)];
        }
    }

    private Void write(SocketChannel channel, int number) {
        TaggedStream stream = new TaggedStream(number);
        Random chance = new Random();
        try {
            while (true) {
                byte[] next = TaggedStream.complement(stream.next(1
                    + chance.nextInt(chance.nextInt(3) == 0 ? 60_000 : 400)));
                ByteBuffer src = chance.nextBoolean() ? ByteBuffer.wrap(next)
                    : ByteBuffer.allocateDirect(next.length).put(next).flip();
                while (src.hasRemaining())
                    stream.advance(channel.write(src));
            }
        } catch (IOException killed) {
            return null;
        }
    }

    private void note(String mistake, String about, byte[] read) throws IOException {
        if (mistake == null)
            return;
        Path file = Files.createTempFile("killed-peers-", ".read");
        Files.write(file, read);
        wrong.add(about + ": " + mistake + "; all of the read: " + file);
    }

    /** A peer that only writes until it is killed. */
    static final class JavaPeer {
        /** @param args the endpoint and the number of the first connection */
        public static void main(String[] args) throws Exception {
            List<Thread> writers = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                TaggedStream stream = new TaggedStream(Integer.parseInt(args[1]) + i);
                SocketChannel channel = SocketChannel.open(VsockSocketAddress.parse(args[0]));
                Thread reader = new Thread(() -> drain(channel));
                reader.setDaemon(true);
                reader.start();
                Thread writer = new Thread(() -> write(channel, stream));
                writer.start();
                writers.add(writer);
            }
            for (Thread writer : writers)
                writer.join();
        }

        private static void write(SocketChannel channel, TaggedStream stream) {
            Random chance = new Random();
            try {
                while (true)
                    stream.advance(channel.write(ByteBuffer.wrap(stream.next(1 + chance.nextInt(50_000)))));
            } catch (IOException ended) {
                System.out.println(ended);
            }
        }

        private static void drain(SocketChannel channel) {
            try {
                ByteBuffer dst = ByteBuffer.allocate(30_000);
                while (channel.read(dst) >= 0)
                    dst.clear();
            } catch (IOException ended) {
                System.out.println(ended);
            }
        }
    }
}
