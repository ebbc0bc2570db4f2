// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.VsockSocketAddress;
import io.niovsock.guest.Peer;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import static io.niovsock.VsockProtocolFamily.VSOCK;

/**
 * Lives of a guest behind vhost-device-vsock. Bytes go both ways; the machine is paused and continued between them; in
 * the end it is powered off, by itself or by its plug, in the middle of reads, writes and selections. Each of them must
 * end. In every third life the guest loses its vsock module first. In every fourth, the guest is paused in the middle
 * of a transfer instead, which the device does not always survive.
 */
final class Guests implements Part {
    private static final int MEBIBYTE = 1 << 20;
    private static final long ENDLESS = Long.MAX_VALUE;
    private static final int PAUSE = 300; // ms
    private static final long PAUSED = 8L * MEBIBYTE; // bytes each way of a transfer that meets a pause

    private static final String END = "end of the stream";

    private int lives;

    @Override
    public String name() {
        return "guests";
    }

    @Override
    public int weight() {
        return 50;
    }

    @Override
    public void run(Deadline end, Ledger ledger) throws Exception {
        do
            try (GuestMachine guest = new GuestMachine()) {
                live(guest, ledger);
            } finally {
                lives++;
            }
        while (!end.isOver());
    }

    private void live(GuestMachine guest, Ledger ledger) throws Exception {
        if (!guest.isReachable()) {
            ledger.count("guests that answer no connect: the device has ended its thread", 1);
            return;
        }
        transfer(guest, 4L * MEBIBYTE, ledger);
        try (Monitor monitor = guest.monitor()) {
            pauseBetweenTransfers(guest, monitor, ledger);
            if (lives % 4 == 3)
                pauseTransfer(guest, monitor, ledger);
        }
        if (guest.device().works())
            end(guest, ledger);
    }

    /** Powers the guest off in the middle of everything. */
    private void end(GuestMachine guest, Ledger ledger) throws Exception {
        AtomicLong flow = new AtomicLong();
        List<Background<String>> ends = new ArrayList<>();
        AsynchronousChannelGroup group =
            AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
        try (SocketChannel written = guest.tell("take " + ENDLESS); SocketChannel read = guest.tell("give " + ENDLESS);
             SocketChannel selected = guest.tell("take 1"); SocketChannel last = guest.tell("off-taking 1");
             AsynchronousSocketChannel asynchronous = AsynchronousSocketChannel.open(group)) {
            asynchronous.connect(VsockSocketAddress.of(GuestMachine.CID, GuestMachine.PORT))
                .get(Way.LIMIT, TimeUnit.SECONDS);
            ends.add(Background.start(() -> write(written, flow)));
            ends.add(Background.start(() -> read(read, flow)));
            ends.add(Background.start(() -> select(selected)));
            ends.add(Background.start(() -> readAsynchronously(asynchronous)));
            Await.until(() -> "only " + flow + " bytes", () -> flow.get() > MEBIBYTE);
            boolean reload = lives % 3 == 2;
            if (reload)
                reload(guest, ends, ledger);
            powerOff(guest, reload || lives % 2 == 0 ? null : last, ledger);
            for (Background<String> ending : ends)
                ledger.count("connections of guests powered off, " + ending.result(), 1);
            ledger.check("each connection of a guest that is powered off ends", true, "");
            refused(guest, ledger);
        } finally {
            for (Background<String> ending : ends)
                ending.close();
            group.shutdownNow();
            if (!group.awaitTermination(Way.LIMIT, TimeUnit.SECONDS))
                throw new IOException("the group does not terminate");
            ledger.count("bytes that a power-off cut, not compared", flow.get());
        }
    }

    /** @param order a connection whose next byte has the guest power itself off, or null */
    private static void powerOff(GuestMachine guest, SocketChannel order, Ledger ledger) throws IOException {
        if (order == null)
            guest.kill();
        else
            order.write(ByteBuffer.allocate(1));
        ledger.count("guests powered off, by " + (order == null ? "the plug" : "themselves"), 1);
    }

    private static void transfer(GuestMachine guest, long bytes, Ledger ledger) throws IOException {
        try (SocketChannel taken = guest.tell("take " + bytes); SocketChannel given = guest.tell("give " + bytes)) {
            transfer(taken, given, bytes, ledger);
        }
    }

    private static void transfer(SocketChannel taken, SocketChannel given, long bytes, Ledger ledger)
        throws IOException {
        Peer.send(taken, VSOCK, bytes);
        Peer.receive(given, VSOCK, bytes);
        ledger.count("bytes, with guests", 2 * bytes);
        ledger.check("digests are equal, guests", true, "");
    }

    /** What a snapshot would do to connections on which nothing moves; and the answer of QEMU to the wish for one. */
    private static void pauseBetweenTransfers(GuestMachine guest, Monitor monitor, Ledger ledger) throws Exception {
        try (SocketChannel taken = guest.tell("take " + PAUSED); SocketChannel given = guest.connect()) {
            guest.device().awaitRest();
            pause(monitor, ledger);
            try (Background<Void> transfer = Background.start(() -> {
                transfer(taken, GuestMachine.tell(given, "give " + PAUSED), PAUSED, ledger);
                return null;
            })) {
                await(transfer, guest, "between two transfers", ledger);
            }
        }
    }

    private static void pauseTransfer(GuestMachine guest, Monitor monitor, Ledger ledger) throws Exception {
        try (SocketChannel taken = guest.tell("take " + PAUSED); SocketChannel given = guest.tell("give " + PAUSED);
             Background<Void> transfer = Background.start(() -> {
                 transfer(taken, given, PAUSED, ledger);
                 return null;
             })) {
            pause(monitor, ledger);
            await(transfer, guest, "in a transfer", ledger);
        }
    }

    private static void pause(Monitor monitor, Ledger ledger) throws Exception {
        Deadline paused = Deadline.in(PAUSE / 1e3);
        monitor.execute("stop");
        String state = monitor.execute("query-status");
        ledger.check("a guest is paused", state.contains("\"paused\""), state);
        ledger.note("snapshot of a guest, by QEMU's migrate", monitor.saveState());
        ledger.note("what QEMU says of that", monitor.execute("query-migrate"));
        while (!paused.isOver())
            Thread.sleep(10);
        monitor.execute("cont");
    }

    /**
     * Waits for a transfer after a pause. It must go on; but not if the device has ended its thread for this guest,
     * whatever the library does. A blocked transfer then ends with its channels.
     */
    private static void await(Background<Void> transfer, GuestMachine guest, String when, Ledger ledger) {
        Await.until(() -> "a transfer does not go on after a pause, and the device has its thread: the library is at "
            + transfer.where(), () -> transfer.isDone() || !guest.device().works());
        if (guest.device().works())
            transfer.result();
        ledger.count("guests paused and continued " + when
            + (guest.device().works() ? "" : ": the device has ended its thread"), 1);
    }

    /** The connections may end now, or with the guest. */
    private static void reload(GuestMachine guest, List<Background<String>> ends, Ledger ledger) throws Exception {
        ledger.note("a guest whose module is removed under open connections, the guest",
            String.join("; ", guest.reloadModule()));
        long open = ends.stream().filter(ending -> !ending.isDone()).count();
        ledger.note("a guest whose module is removed under open connections, the host",
            open + " of " + ends.size() + " connections were still open when it was loaded again");
        ledger.count("guests whose module was removed and loaded again", 1);
        ends.add(Background.start(() -> connect(guest, ledger)));
    }

    /** A connect that the device may answer or not; the end of the guest ends it. */
    private static String connect(GuestMachine guest, Ledger ledger) {
        String what = "a connect after the guest has loaded its module again";
        try (SocketChannel channel = guest.tell("")) {
            ledger.note(what, "is answered");
            return "as they connected";
        } catch (IOException e) {
            ledger.note(what, "is not answered until the guest is powered off: " + e);
            return "as they connected";
        }
    }

    private static String write(SocketChannel channel, AtomicLong flow) {
        ByteBuffer src = ByteBuffer.allocateDirect(Peer.CHUNK);
        try {
            while (true)
                flow.addAndGet(channel.write(src.clear()));
        } catch (IOException e) {
            return "as they wrote: " + e.getMessage();
        }
    }

    private static String read(SocketChannel channel, AtomicLong flow) {
        ByteBuffer dst = ByteBuffer.allocate(Peer.CHUNK);
        try {
            while (true)
                flow.addAndGet(Way.some(channel.read(dst.clear())));
        } catch (EOFException e) {
            return "as they read: " + END;
        } catch (IOException e) {
            return "as they read: " + e.getMessage();
        }
    }

    private static String select(SocketChannel channel) throws IOException {
        try (Selector selector = Selector.open()) {
            channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            if (selector.select(TimeUnit.SECONDS.toMillis(Way.LIMIT)) == 0)
                throw new IOException("nothing was selected for " + Way.LIMIT + " s");
            return "as they were selected: " + ending(channel.read(ByteBuffer.allocate(1)));
        } catch (SocketException e) {
            return "as they were selected: " + e.getMessage();
        }
    }

    private static String readAsynchronously(AsynchronousSocketChannel channel) throws Exception {
        try {
            int n = channel.read(ByteBuffer.allocate(1)).get(Way.LIMIT, TimeUnit.SECONDS);
            return "as they read asynchronously: " + ending(n);
        } catch (ExecutionException e) {
            return "as they read asynchronously: " + e.getCause().getMessage();
        }
    }

    private static String ending(int read) {
        if (read >= 0)
            throw new AssertionError("read " + read + " bytes of a peer that sends none");
        return END;
    }

    private static void refused(GuestMachine guest, Ledger ledger) {
        try (SocketChannel channel = guest.tell("")) {
            ledger.check("a connect to a guest that is powered off fails", false, channel);
        } catch (IOException e) {
            ledger.check("a connect to a guest that is powered off fails", true, e);
        }
    }
}
