// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static io.niovsock.VsockProtocolFamily.VSOCK;
import static io.niovsock.VsockProtocolFamily.VSOCK_SEQPACKET;

/**
 * The host's half of {@code testvm/guest-and-host}: Java here, and in the guest {@code src/test/c/peer.c}, over
 * vhost-vsock. The last step powers the guest off.
 *
 * <pre>HostSide GUEST_CID PORT</pre>
 */
final class HostSide {
    private static final int MEBIBYTE = 1 << 20;
    /** Four times as much in the long form: a machine in a machine moves two mebibytes a second. */
    private static final long SHARE = "1".equals(System.getenv("NIOVSOCK_LONG")) ? 4 : 1;
    private static final long STREAM_BYTES = 12L * MEBIBYTE * SHARE;
    private static final long RECORD_BYTES = 4L * MEBIBYTE * SHARE;
    private static final long UNKNOWN_CID = 4242;

    /** Seconds: the limit for "prompt" on an emulated machine. */
    private static final int PROMPT = 20;
    private static final int GUEST_BOOT = 900;

    private final Peer guest;
    private final Report report = new Report("host");

    private HostSide(Peer guest) {
        this.guest = guest;
    }

    public static void main(String[] args) throws Exception {
        HostSide host = new HostSide(new Peer(Long.parseLong(args[0]), Long.parseLong(args[1])));
        host.run();
        System.exit(host.report.exitStatus());
    }

    private void run() {
        report.step("the identity of this machine", () -> {
            require(Vsock.localCid() == VsockSocketAddress.CID_HOST, "local CID " + Vsock.localCid());
            return "CID 2, the host";
        });
        report.step("a CID that no machine has, stream", () -> refusedAtOnce(VSOCK));
        report.step("a CID that no machine has, records", () -> refusedAtOnce(VSOCK_SEQPACKET));
        report.step("a guest that is not up yet", this::awaitGuest);
        report.step("TO_HOST on a host", this::refusedToHost);
        for (VsockProtocolFamily family : VsockProtocolFamily.values()) {
            long bytes = family == VSOCK ? STREAM_BYTES : RECORD_BYTES;
            report.step(family + ": the host connects and sends",
                () -> sent(guest.tell(family, "take"), family, bytes));
            report.step(family + ": the host connects and receives",
                () -> received(guest.tell(family, "give " + bytes), family, bytes));
            report.step(family + ": the guest connects and receives",
                () -> sent(guest.callBack(family, "take"), family, bytes));
            report.step(family + ": the guest connects and sends",
                () -> received(guest.callBack(family, "give " + bytes), family, bytes));
            report.step(family + ": a peer killed under a write",
                () -> writeUntilItFails(guest.tell(family, "die-taking " + MEBIBYTE)));
            report.step(family + ": a peer killed under a read",
                () -> readUntilItEnds(guest.tell(family, "die-giving " + MEBIBYTE)));
        }
        report.step("a peer killed while a selector waits", this::selectUntilItEnds);
        report.step("the guest's Java has its turn", this::letGuestRunJava);
        report.step("the guest powered off under a write, a read and a select", this::powerOff);
        report.step("the machine has another CID when it is no host anymore", this::unloadHost);
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition)
            throw new AssertionError(otherwise);
    }

    private static String refusedAtOnce(VsockProtocolFamily family) throws IOException {
        long start = System.nanoTime();
        try (SocketChannel channel = new Peer(UNKNOWN_CID, 5000).connect(family)) {
            throw new AssertionError("connected: " + channel);
        } catch (NoRouteToHostException e) {
            require(Report.secondsSince(start) < PROMPT, "refused late");
            return e.getMessage();
        }
    }

    /** Connecting with TO_HOST needs a host of this host, and there is none. */
    private String refusedToHost() throws IOException {
        try (SocketChannel channel = SocketChannel.open(VSOCK)) {
            channel.setOption(VsockSocketOptions.TO_HOST, true);
            channel.connect(VsockSocketAddress.of(guest.cid(), guest.port()));
            throw new AssertionError("connected: " + channel);
        } catch (NoRouteToHostException e) {
            return e.getMessage();
        }
    }

    /** Until the guest's kernel has booted, it does not answer; until the peer listens, the kernel refuses. */
    private String awaitGuest() throws Exception {
        long start = System.nanoTime();
        int attempts = 0;
        double longest = 0;
        while (Report.secondsSince(start) < GUEST_BOOT) {
            long attempt = System.nanoTime();
            attempts++;
            try (SocketChannel channel = guest.connect(VSOCK)) {
                return attempts - 1 + " attempts refused, the slowest after " + Report.rounded(longest) + " s";
            } catch (ConnectException | NoRouteToHostException e) {
                longest = Math.max(longest, Report.secondsSince(attempt));
                require(longest < PROMPT, "refused late: " + e);
            }
            Thread.sleep(2000); // the guest's processor is busy
        }
        throw new AssertionError("the guest is not up after " + GUEST_BOOT + " s");
    }

    private static String sent(SocketChannel connection, VsockProtocolFamily family, long bytes) throws IOException {
        long start = System.nanoTime();
        try (connection) {
            Peer.send(connection, family, bytes);
        }
        return rate(bytes, start);
    }

    private static String received(SocketChannel connection, VsockProtocolFamily family, long bytes)
        throws IOException {
        long start = System.nanoTime();
        try (connection) {
            Peer.receive(connection, family, bytes);
        }
        return rate(bytes, start);
    }

    private static String rate(long bytes, long start) {
        return bytes / MEBIBYTE + " MiB, digests agree, "
            + Report.rounded(bytes / Report.secondsSince(start) / MEBIBYTE) + " MiB/s";
    }

    private static String writeUntilItFails(SocketChannel connection) {
        ByteBuffer chunk = ByteBuffer.allocateDirect(4096);
        long written = 0;
        long last = System.nanoTime();
        try (connection) {
            while (true) {
                written += connection.write(chunk.clear());
                last = System.nanoTime();
            }
        } catch (IOException e) {
            require(written >= MEBIBYTE - 4096, "failed after " + written + " bytes: " + e);
            return failedAfter(written, last, e);
        }
    }

    /** A peer's end is the end of the stream, or an exception if the kernel saw the connection break. */
    private static String readUntilItEnds(SocketChannel connection) {
        ByteBuffer chunk = ByteBuffer.allocateDirect(64 * 1024);
        long read = 0;
        long last = System.nanoTime();
        try (connection) {
            for (int n = connection.read(chunk); n >= 0; n = connection.read(chunk.clear())) {
                read += n;
                last = System.nanoTime();
            }
            require(read == MEBIBYTE, "ended after " + read + " bytes");
            return failedAfter(read, last, "end of stream");
        } catch (IOException e) {
            return failedAfter(read, last, e);
        }
    }

    private static String failedAfter(long bytes, long last, Object how) {
        double seconds = Report.secondsSince(last);
        require(seconds < PROMPT, "after " + seconds + " s: " + how);
        return "after " + bytes + " bytes, " + Report.rounded(seconds) + " s later: " + how;
    }

    private String selectUntilItEnds() throws IOException {
        return selectUntilItEnds(guest.tell(VSOCK, "die-giving 0"));
    }

    private static String selectUntilItEnds(SocketChannel channel) throws IOException {
        try (SocketChannel connection = channel; Selector selector = Selector.open()) {
            connection.configureBlocking(false);
            connection.register(selector, SelectionKey.OP_READ);
            require(selector.select(TimeUnit.SECONDS.toMillis(GUEST_BOOT)) == 1, "nothing was selected");
            try {
                require(connection.read(ByteBuffer.allocate(1)) < 0, "read something");
                return "end of stream";
            } catch (IOException e) {
                return e.toString();
            }
        }
    }

    /** The guest's script continues when its peer ends, and starts another peer when its Java has ended. */
    private String letGuestRunJava() throws Exception {
        try (SocketChannel last = guest.tell(VSOCK, "end")) {
            require(last.read(ByteBuffer.allocate(1)) < 0, "the peer does not end");
        }
        awaitNobody();
        return awaitGuest();
    }

    /** The process that got the command ends the listening ones. */
    private void awaitNobody() throws Exception {
        long start = System.nanoTime();
        while (Report.secondsSince(start) < PROMPT) {
            try (SocketChannel channel = guest.connect(VSOCK)) {
                Thread.sleep(100);
            } catch (ConnectException nobody) {
                return;
            }
        }
        throw new AssertionError("the peer still listens");
    }

    private String powerOff() throws Exception {
        SocketChannel reading = guest.tell(VSOCK, "take"); // silent until it gets the command to end
        SocketChannel selecting = guest.tell(VSOCK_SEQPACKET, "take");
        CompletableFuture<String> reader = inBackground(() -> readUntilBroken(reading));
        CompletableFuture<String> selector = inBackground(() -> selectUntilItEnds(selecting));
        String writer = writeUntilItFails(guest.tell(VSOCK, "off-taking " + MEBIBYTE));
        return "write: " + writer + "; read: " + reader.get(PROMPT, TimeUnit.SECONDS) + "; select: "
            + selector.get(PROMPT, TimeUnit.SECONDS);
    }

    private static String readUntilBroken(SocketChannel connection) {
        try (connection) {
            return connection.read(ByteBuffer.allocate(1)) < 0 ? "end of stream" : "read something";
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static CompletableFuture<String> inBackground(Callable<String> call) {
        CompletableFuture<String> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                result.complete(call.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    /** The module is in use until the guest's emulator has ended. */
    private String unloadHost() throws Exception {
        long start = System.nanoTime();
        while (new ProcessBuilder("/run/testvm/busybox", "rmmod", "vhost_vsock").inheritIO().start().waitFor() != 0) {
            require(Report.secondsSince(start) < PROMPT, "rmmod vhost_vsock fails");
            TimeUnit.MILLISECONDS.sleep(500);
        }
        require(Vsock.localCid() == VsockSocketAddress.CID_LOCAL, "local CID " + Vsock.localCid());
        return "CID 1, only loopback";
    }
}
