// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.VsockSocketFactory;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Sets the system's clock forward and back (date -s), while reads with timeouts wait and bytes move. A timeout passes
 * in its own time, whatever the clock says. Only in testvm/.
 */
final class ClockJumps implements Part {
    private static final long TIMEOUT = 1000; // ms, so that the jump comes within it
    private static final long LATE = 20_000; // ms, on an emulated machine
    private static final long JUMP = 3600; // s

    private interface Wait {
        void waitInVain() throws Exception;
    }

    @Override
    public String name() {
        return "clock jumps";
    }

    @Override
    public int weight() {
        return 8;
    }

    @Override
    public void run(Deadline end, Ledger ledger) throws Exception {
        do {
            jump(JUMP, ledger);
            jump(-JUMP, ledger);
        } while (!end.isOver());
    }

    private static void jump(long seconds, Ledger ledger) throws Exception {
        try (Background<Long> selecting = Background.start(() -> millisOf(ClockJumps::select));
             Background<Long> reading = Background.start(() -> millisOf(ClockJumps::readSocket));
             Background<Long> asynchronous = Background.start(() -> millisOf(ClockJumps::readAsynchronously));
             Background<List<Conversation>> transfer = Background.start(() -> Way.BLOCKING.exchange(1 << 18, true))) {
            long before = Instant.now().getEpochSecond();
            Commands.run("date", "-s", "@" + (before + seconds));
            long moved = Instant.now().getEpochSecond() - before;
            ledger.check("the clock has jumped", Math.abs(moved - seconds) < JUMP / 2, moved + " s");
            ledger.count("clock jumps", 1);
            passes("select", selecting.result(), ledger);
            passes("read of a socket", reading.result(), ledger);
            passes("asynchronous read", asynchronous.result(), ledger);
            for (Conversation conversation : transfer.result())
                ledger.check("digests are equal across a clock jump", conversation.incoming().isRight(), seconds);
        }
    }

    private static void passes(String what, long millis, Ledger ledger) {
        ledger.check("a timeout passes in its own time when the clock jumps: " + what,
            millis >= TIMEOUT - 10 && millis < TIMEOUT + LATE, millis + " ms");
    }

    private static long millisOf(Wait wait) throws Exception {
        long start = System.nanoTime();
        wait.waitInVain();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private static void select() throws IOException {
        try (Endpoints ends = Endpoints.connect(ChannelKind.VSOCK); Selector selector = Selector.open()) {
            ends.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            if (selector.select(TIMEOUT) != 0)
                throw new IOException("something was selected");
        }
    }

    private static void readSocket() throws IOException {
        try (ServerSocket listener = SocketVisits.listen();
             Socket near = new VsockSocketFactory().createSocket()) {
            near.connect(listener.getLocalSocketAddress());
            near.setSoTimeout((int) TIMEOUT);
            int n = near.getInputStream().read();
            throw new IOException("a read gave " + n);
        } catch (SocketTimeoutException inVain) {
            assert inVain.getMessage() != null;
        }
    }

    private static void readAsynchronously() throws Exception {
        AsynchronousChannelGroup group =
            AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
        try (AsynchronousServerSocketChannel listener =
            AsynchronousServerSocketChannel.open(group).bind(ChannelKind.VSOCK.freeEndpoint());
             AsynchronousSocketChannel near = AsynchronousSocketChannel.open(group)) {
            Future<AsynchronousSocketChannel> accepting = listener.accept();
            near.connect(listener.getLocalAddress()).get(Way.LIMIT, TimeUnit.SECONDS);
            try (AsynchronousSocketChannel far = accepting.get(Way.LIMIT, TimeUnit.SECONDS)) {
                timeOut(near, far);
            }
        } finally {
            group.shutdownNow();
            if (!group.awaitTermination(Way.LIMIT, TimeUnit.SECONDS))
                throw new IOException("the group does not terminate");
        }
    }

    private static void timeOut(AsynchronousSocketChannel near, AsynchronousSocketChannel far) throws Exception {
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        near.read(ByteBuffer.allocate(1), TIMEOUT, TimeUnit.MILLISECONDS, far, new CompletionHandler<>() {
            @Override
            public void completed(Integer n, AsynchronousSocketChannel other) {
                outcome.complete(new IOException("a read gave " + n));
            }

            @Override
            public void failed(Throwable e, AsynchronousSocketChannel other) {
                outcome.complete(e);
            }
        });
        Throwable e = outcome.get(Way.LIMIT, TimeUnit.SECONDS);
        if (!(e instanceof InterruptedByTimeoutException))
            throw new IOException("no timeout", e);
    }
}
