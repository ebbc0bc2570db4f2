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
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static io.niovsock.VsockProtocolFamily.VSOCK;
import static io.niovsock.VsockProtocolFamily.VSOCK_SEQPACKET;
import static io.niovsock.guest.Endings.require;

/**
 * The host's half of {@code testvm/guest-and-host}: Java here, and in the guest {@code src/test/c/peer.c}, over
 * vhost-vsock. The last step powers the guest off.
 *
 * <pre>HostSide GUEST_CID PORT</pre>
 */
final class HostSide {
    private static final int MEBIBYTE = 1 << 20;
    private static final boolean LONG = "1".equals(System.getenv("NIOVSOCK_LONG"));
    /** A machine in a machine moves two mebibytes a second. {@link HybridSide} moves more. */
    private static final long BYTES = LONG ? 16L * MEBIBYTE : MEBIBYTE;
    private static final long UNKNOWN_CID = 4242;
    private static final int GUEST_BOOT = 900; // seconds

    private final Peer guest;
    private final Report report = new Report("host", GUEST_BOOT + 100);

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
        report.step("doctor, of a CID that no machine has", () -> ToolProcess.lines(
            ToolProcess.doctor(1, UNKNOWN_CID, 5000), "ok +local CID: 2, .*", "ok +role: host",
            "problem +connect: no way there .*", "-> no running virtual machine of this host has CID 4242, .*"));
        report.step("a guest that is not up yet", this::awaitGuest);
        report.step("doctor, of the guest", () -> ToolProcess.lines(
            ToolProcess.doctor(0, guest.cid(), guest.port()), "ok +connect: connected in .*"));
        report.step("cat sends, ends its half, and prints the answer",
            () -> ToolProcess.catTo(guest, "take", MEBIBYTE / 4));
        report.step("TO_HOST on a host", this::refusedToHost);
        for (VsockProtocolFamily family : VsockProtocolFamily.values()) {
            report.step(family + ": the host connects and sends",
                () -> sent(guest.tell(family, "take"), family));
            report.step(family + ": the host connects and receives",
                () -> received(guest.tell(family, "give " + BYTES), family));
            report.step(family + ": the guest connects and receives",
                () -> sent(guest.callBack(family, "take"), family));
            report.step(family + ": the guest connects and sends",
                () -> received(guest.callBack(family, "give " + BYTES), family));
            report.step(family + ": a peer killed under a write",
                () -> Endings.writeUntilItFails(guest.tell(family, "die-taking " + MEBIBYTE), MEBIBYTE));
            report.step(family + ": a peer killed under a read",
                () -> Endings.readUntilItEnds(guest.tell(family, "die-giving " + MEBIBYTE), MEBIBYTE));
        }
        report.step("a peer killed while a selector waits",
            () -> Endings.selectUntilItEnds(guest.tell(VSOCK, "die-giving 0")));
        report.step("a port of the host without a listener, from the guest",
            () -> answer(guest.ask("dial 2 9"), "(104)")); // ECONNRESET
        report.step("a CID that no machine has, from the guest",
            () -> answer(guest.ask("dial " + UNKNOWN_CID + " 5000"), "(110)")); // ETIMEDOUT
        if (LONG)
            report.step("the guest's Java has its turn", this::letGuestRunJava);
        report.step("the guest powered off under a write, a read and a select", this::powerOff);
        report.step("the machine has another CID when it is no host anymore", this::unloadHost);
    }

    private static String answer(String answer, String expected) {
        require(answer.endsWith(expected), answer);
        return answer;
    }

    private static String refusedAtOnce(VsockProtocolFamily family) throws IOException {
        long start = System.nanoTime();
        try (SocketChannel channel = new Peer(UNKNOWN_CID, 5000).connect(family)) {
            throw new AssertionError("connected: " + channel);
        } catch (NoRouteToHostException e) {
            require(Report.secondsSince(start) < Endings.PROMPT, "refused late");
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
                require(longest < Endings.PROMPT, "refused late: " + e);
            }
            Thread.sleep(2000); // the guest's processor is busy
        }
        throw new AssertionError("the guest is not up after " + GUEST_BOOT + " s");
    }

    private static String sent(SocketChannel connection, VsockProtocolFamily family) throws IOException {
        long start = System.nanoTime();
        try (connection) {
            Peer.sendAll(connection, family, BYTES);
        }
        return Report.rate(BYTES, start);
    }

    private static String received(SocketChannel connection, VsockProtocolFamily family) throws IOException {
        long start = System.nanoTime();
        try (connection) {
            Peer.receive(connection, family, BYTES);
        }
        return Report.rate(BYTES, start);
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
        while (Report.secondsSince(start) < Endings.PROMPT) {
            try (SocketChannel channel = guest.connect(VSOCK)) {
                Thread.sleep(100);
            } catch (ConnectException nobody) {
                return;
            }
        }
        throw new AssertionError("the peer still listens");
    }

    /** Each way to meet the end on a connection of its own; the others are silent until they get the command to end. */
    private String powerOff() throws Exception {
        Map<String, Callable<String>> waits = new LinkedHashMap<>();
        Map<String, SocketChannel> idle = new LinkedHashMap<>();
        for (VsockProtocolFamily family : List.of(VSOCK, VSOCK_SEQPACKET)) {
            SocketChannel reading = guest.tell(family, "take");
            SocketChannel selecting = guest.tell(family, "take");
            waits.put(family + " read", () -> Endings.readUntilBroken(reading));
            waits.put(family + " select", () -> Endings.selectUntilItEnds(selecting));
            idle.put(family + " write", guest.tell(family, "take"));
        }
        SocketChannel writing = guest.tell(VSOCK, "off-taking " + MEBIBYTE);
        Map<String, CompletableFuture<String>> waiting = new LinkedHashMap<>();
        waits.forEach((how, wait) -> waiting.put(how, Endings.inBackground(wait)));
        StringBuilder all = new StringBuilder("write: ").append(Endings.writeUntilItFails(writing, MEBIBYTE));
        for (var ending : waiting.entrySet())
            all.append("; ").append(reset(ending.getKey(), ending.getValue().get(Endings.PROMPT, TimeUnit.SECONDS)));
        for (var late : idle.entrySet()) {
            String write = Endings.writeToEnded(late.getValue());
            require(write.endsWith(": Connection reset by peer") || write.endsWith(": Broken pipe"), write);
            all.append("; ").append(late.getKey()).append(": ").append(write);
            all.append("; ").append(reset("then read", Endings.readUntilBroken(late.getValue())));
        }
        return all.toString();
    }

    private static String reset(String how, String ending) {
        require(ending.equals("java.net.SocketException: Connection reset"), how + ": no reset: " + ending);
        return how + ": " + ending;
    }

    /** The module is in use until the guest's emulator has ended. */
    private String unloadHost() throws Exception {
        long start = System.nanoTime();
        while (new ProcessBuilder("/run/testvm/busybox", "rmmod", "vhost_vsock").inheritIO().start().waitFor() != 0) {
            require(Report.secondsSince(start) < Endings.PROMPT, "rmmod vhost_vsock fails");
            TimeUnit.MILLISECONDS.sleep(500);
        }
        require(Vsock.localCid() == VsockSocketAddress.CID_LOCAL, "local CID " + Vsock.localCid());
        return "CID 1, only loopback";
    }
}
