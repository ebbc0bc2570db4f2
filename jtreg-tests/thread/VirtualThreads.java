// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary Virtual threads that are blocked on vsock hold no carrier and use no CPU: hundreds of them get by with one
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm -Djdk.virtualThreadScheduler.parallelism=1 -Djdk.virtualThreadScheduler.maxPoolSize=1
 *     VirtualThreads
 */

import com.sun.management.OperatingSystemMXBean;
import vsocktest.Attempt;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Pair;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

public class VirtualThreads {
    private static final int CONNECTIONS = 100;
    private static final int ROUNDS = 10;
    private static final long WINDOW_MILLIS = 500;
    private static final int WINDOWS = 10;

    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            for (Family family : Family.values()) {
                echo(family);
                readerAndWriterOfOneChannel(family);
            }
            useNoCpu();
        });
    }

    /** Every thread here is virtual: acceptor, servers and clients. */
    private static void echo(Family family) throws Exception {
        try (ServerSocketChannel server = family.openServer().bind(family.anyPort(), CONNECTIONS)) {
            List<Attempt<Object>> servers = new ArrayList<>();
            Attempt<Object> accepting = virtual(() -> {
                for (int i = 0; i < CONNECTIONS; i++) {
                    SocketChannel accepted = server.accept();
                    synchronized (servers) {
                        servers.add(virtual(() -> serve(accepted)));
                    }
                }
                return "done";
            }).awaitBlocked();
            List<Attempt<Object>> clients = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(virtual(() -> {
                    try (SocketChannel channel = SocketChannel.open(server.getLocalAddress())) {
                        for (int round = 0; round < ROUNDS; round++)
                            ask(channel, round);
                    }
                    return "done";
                }));
            }
            accepting.result();
            for (Attempt<Object> client : clients)
                client.result();
            for (Attempt<Object> one : servers)
                one.result();
        }
    }

    private static Attempt<Object> virtual(Callable<Object> operation) {
        return Attempt.start(Attempt.Kind.VIRTUAL, operation);
    }

    private static Object serve(SocketChannel accepted) throws IOException {
        try (accepted) {
            ByteBuffer buffer = ByteBuffer.allocate(10);
            while (accepted.read(buffer.clear()) >= 0)
                accepted.write(buffer.flip());
        }
        return "done";
    }

    private static void ask(SocketChannel channel, int round) throws IOException {
        channel.write(ByteBuffer.wrap(new byte[] { (byte) round }));
        ByteBuffer answer = ByteBuffer.allocate(10);
        Check.equal(channel.read(answer), 1, "bytes of the answer");
        Check.equal(answer.get(0), (byte) round, "the answer");
    }

    /** Two threads of one channel are parked at the same time, each for its own event. */
    private static void readerAndWriterOfOneChannel(Family family) throws Exception {
        try (Pair pair = Pair.of(family)) {
            Pair.fill(pair.client());
            Attempt<Object> writing = virtual(() -> pair.client().write(ByteBuffer.allocate(1 << 20))).awaitBlocked();
            Attempt<Object> reading = virtual(() -> pair.client().read(ByteBuffer.allocate(10))).awaitBlocked();
            pair.accepted().write(ByteBuffer.wrap(new byte[3]));
            Check.equal(reading.result(), 3, "bytes read");
            Check.that(!writing.hasEnded(), "the writer is still blocked");
            Attempt<Object> draining = virtual(() -> {
                ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
                while (pair.accepted().read(buffer.clear()) >= 0)
                    continue;
                return "done";
            });
            Check.equal(writing.result(), 1 << 20, "bytes written");
            pair.client().close();
            draining.result();
        }
    }

    /** One that polled in a loop would use all there is of one processor in every window. */
    private static void useNoCpu() throws Exception {
        try (Pair pair = Pair.of(Family.VSOCK); ServerSocketChannel server = Family.VSOCK.listen()) {
            Attempt<Object> reading = virtual(() -> pair.client().read(ByteBuffer.allocate(10))).awaitBlocked();
            Attempt<Object> accepting = virtual(server::accept).awaitBlocked();
            long least = Long.MAX_VALUE;
            for (int i = 0; i < WINDOWS && least > WINDOW_MILLIS / 5; i++) {
                long before = cpuMillis();
                Thread.sleep(WINDOW_MILLIS); // a measurement; nothing waits for it
                least = Math.min(least, cpuMillis() - before);
            }
            System.out.println("ms of CPU in a window: " + least);
            Check.that(least <= WINDOW_MILLIS / 5, least + " ms of CPU in " + WINDOW_MILLIS + " ms are few");
            Check.that(!reading.hasEnded() && !accepting.hasEnded(), "blocked all the time");
            pair.accepted().write(ByteBuffer.wrap(new byte[1]));
            Check.equal(reading.result(), 1, "bytes read");
            server.close();
            accepting.failure();
        }
    }

    private static long cpuMillis() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1_000_000;
    }
}
