// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static io.niovsock.VsockProtocolFamily.VSOCK;
import static io.niovsock.guest.Endings.require;

/**
 * The host's half of {@code testvm/hybrid}: Java here, with the emulated transport beside the attached guests. In each
 * guest is {@code src/test/c/peer.c}, in the first one also {@code peer.py} and {@link JavaPeer}. The guests have their
 * vsock from one process of vhost-device-vsock. The last steps kill the second guest, and then the device.
 *
 * <pre>HybridSide FOLDER FIRST_CID SECOND_CID PORT</pre>
 * In the folder are the sockets {@code CID}, and the process numbers {@code CID.pid} and {@code device.pid}. The first
 * guest is attached by {@code -Dio.niovsock.hybrid}.
 */
final class HybridSide {
    private static final int MEBIBYTE = 1 << 20;
    private static final int GUEST_BOOT = 300; // seconds; needs 12, and much more on a busy machine
    /** Seconds, longer than the guest's kernel keeps a closed connection whose end is not confirmed. */
    private static final int LATE = 10;

    private final Path folder;
    private final long first;
    private final long second;
    private final long port;
    private final Peer c;
    private final Peer python;
    private final Peer java;
    private final Peer sibling;
    private final Report report = new Report("hybrid", GUEST_BOOT + 10);

    private HybridSide(String[] args) {
        folder = Path.of(args[0]);
        first = Long.parseLong(args[1]);
        second = Long.parseLong(args[2]);
        port = Long.parseLong(args[3]);
        c = new Peer(first, port);
        java = new Peer(first, port + 100);
        python = new Peer(first, port + 200);
        sibling = new Peer(second, port);
    }

    public static void main(String[] args) throws Exception {
        require("emulated".equals(System.getProperty("io.niovsock.transport")), "this machine's vsock is no test's");
        HybridSide side = new HybridSide(args);
        try (VsockGuest second = Vsock.attach(side.second, side.socket(side.second))) {
            side.run();
        }
        System.exit(side.report.exitStatus());
    }

    private Path socket(long cid) {
        return folder.resolve(Long.toString(cid));
    }

    private ProcessHandle process(String name) throws IOException {
        return ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve(name + ".pid")).strip())).orElseThrow();
    }

    private void run() {
        report.step("the first guest is up", () -> awaitPeers(c, python, java));
        report.step("the second guest is up", () -> awaitPeers(sibling));
        report.step("the CID of a guest that is a host too", () -> answer(java.ask("cid"), Long.toString(first)));
        transfers("C", c, 256L * MEBIBYTE, 16L * MEBIBYTE);
        transfers("Java", java, 8L * MEBIBYTE, 8L * MEBIBYTE);
        transfers("Python", python, MEBIBYTE, MEBIBYTE);
        tool();
        report.step("200 connections to the guest", () -> connectAll(200));
        report.step("200 connections from the guest", this::acceptAll);
        report.step("1023 connections, and one more", () -> connectAll(1024));
        report.step("a port of the guest without a listener", () -> refused(new Peer(first, 9)));
        report.step("a port of the host without a listener", () -> answer(java.ask("dial 2 9"), "ConnectException"));
        CompletableFuture<String> late = Endings.inBackground(() -> lastBytes(LATE));
        siblings();
        killedPeers();
        device();
        report.step("the device: what a guest sent before it closed, read after " + LATE + " s", late::get);
        report.step("a guest killed under a write, a read and a select", this::killGuest);
        report.step("a connect to the killed guest", () -> refused(sibling));
        report.step("the device killed under a write, a read and a select", this::killDevice);
        report.step("a connect after the device was killed", this::refusedWithoutDevice);
    }

    // ---- bytes ----

    /** @param bytes of the transfers that the sender's side connects for; others: of the two that it accepts for */
    private void transfers(String language, Peer peer, long bytes, long others) {
        report.step(language + " in the guest takes, the host connects",
            () -> sent(peer.tell(VSOCK, "take " + bytes), bytes));
        report.step(language + " in the guest gives, the host connects",
            () -> received(peer.tell(VSOCK, "give " + others), others));
        report.step(language + " in the guest takes, the guest connects",
            () -> sent(peer.callBack(VSOCK, "take " + others), others));
        report.step(language + " in the guest gives, the guest connects",
            () -> received(peer.callBack(VSOCK, "give " + bytes), bytes));
    }

    private static String sent(SocketChannel connection, long bytes) throws IOException {
        long start = System.nanoTime();
        try (connection) {
            Peer.send(connection, VSOCK, bytes);
        }
        return Report.rate(bytes, start);
    }

    private static String received(SocketChannel connection, long bytes) throws IOException {
        long start = System.nanoTime();
        try (connection) {
            Peer.receive(connection, VSOCK, bytes);
        }
        return Report.rate(bytes, start);
    }

    // ---- the tool ----

    private void tool() {
        report.step("doctor, of the guest", () -> ToolProcess.lines(ToolProcess.doctor(0, first, port),
            "ok +connect: connected in .*"));
        report.step("doctor, of a port of the guest without a listener", () -> ToolProcess.lines(
            ToolProcess.doctor(1, first, 9), "problem +connect: refused .*"));
        report.step("doctor, in the guest", this::doctorInGuest);
        report.step("doctor, in the guest, of a port of the host without a listener", this::doctorOfNoListener);
        report.step("cat to C in the guest",
            () -> ToolProcess.catTo(c, "take " + MEBIBYTE, MEBIBYTE, "--no-half-close"));
        report.step("cat to Python in the guest",
            () -> ToolProcess.catTo(python, "take " + MEBIBYTE, MEBIBYTE, "--no-half-close"));
        report.step("cat listens, and the guest connects", this::catFromGuest);
    }

    private String doctorInGuest() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(VSOCK).bind(VsockSocketAddress.any(0));
             SocketChannel channel = java.tell(VSOCK, "doctor 2 " + portOf(server) + " 0")) {
            return ToolProcess.lines(Peer.readToEnd(channel), "ok +local CID: " + first + ", .*",
                "ok +role: guest and host", "ok +connect: connected in .*");
        }
    }

    private String doctorOfNoListener() throws Exception {
        try (SocketChannel channel = java.tell(VSOCK, "doctor 2 9 1")) {
            return ToolProcess.lines(Peer.readToEnd(channel), "problem +connect: no answer .*",
                "-> nothing listens at port 9 of the host, .*");
        }
    }

    private static long portOf(ServerSocketChannel server) throws IOException {
        return ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
    }

    private String catFromGuest() throws Exception {
        ToolProcess cat = ToolProcess.start("cat", "-l", "-v", "--no-half-close", "vsock:any:any");
        String listening = cat.line();
        String number = listening.substring(listening.lastIndexOf(':') + 1);
        try (SocketChannel order = c.tell(VSOCK, "call 2 " + number + " leave " + MEBIBYTE)) {
            String connected = cat.line();
            int bytes = cat.bytes(0).length;
            require(bytes == MEBIBYTE, connected + ", " + bytes + " bytes");
            return bytes + " bytes; " + connected;
        }
    }

    private String connectAll(int count) throws IOException {
        long start = System.nanoTime();
        try (Crowd crowd = new Crowd(count)) {
            crowd.connectTo(c);
            return crowd.exchange(start);
        }
    }

    private String acceptAll() throws IOException {
        long start = System.nanoTime();
        try (Crowd crowd = new Crowd(200)) {
            crowd.haveItself(c);
            return crowd.exchange(start);
        }
    }

    // ---- connecting ----

    private String awaitPeers(Peer... peers) throws Exception {
        long start = System.nanoTime();
        int attempts = 0;
        for (int next = 0; next < peers.length; attempts++) {
            require(Report.secondsSince(start) < GUEST_BOOT, peers[next] + " is not up");
            try (SocketChannel channel = peers[next].connect(VSOCK)) {
                next++;
            } catch (ConnectException | NoRouteToHostException e) {
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
        return attempts - peers.length + " attempts refused";
    }

    private static String answer(String answer, String expected) {
        require(answer.contains(expected), answer);
        return answer;
    }

    private static String refused(Peer nobody) throws IOException {
        long start = System.nanoTime();
        try (SocketChannel channel = nobody.connect(VSOCK)) {
            throw new AssertionError("connected: " + channel);
        } catch (ConnectException e) {
            require(e.getMessage().startsWith("Connection refused"), e.toString());
            return e.getMessage() + ", after " + Report.seconds(start);
        }
    }

    private String refusedWithoutDevice() throws IOException {
        try (SocketChannel channel = c.connect(VSOCK)) {
            throw new AssertionError("connected: " + channel);
        } catch (NoRouteToHostException e) {
            return e.getMessage();
        }
    }

    /** The first guest has vhost_vsock, so only TO_HOST leads from it to the second. */
    private void siblings() {
        report.step("a guest reaches its sibling with TO_HOST",
            () -> answer(java.ask("visit " + second + " " + port + " " + 200 * Peer.SMALL), "ok"));
        report.step("and does not without",
            () -> answer(java.ask("dial " + second + " " + port), "NoRouteToHostException"));
        report.step("nor a port of its sibling without a listener",
            () -> answer(java.ask("dial-to-host " + second + " 9"), "Connection refused"));
    }

    // ---- endings ----

    private void killedPeers() {
        report.step("a peer killed under a write",
            () -> Endings.writeUntilItFails(c.tell(VSOCK, "die-taking " + MEBIBYTE), MEBIBYTE));
        report.step("a peer killed under a read",
            () -> Endings.readUntilItEnds(c.tell(VSOCK, "die-giving " + MEBIBYTE), MEBIBYTE));
        report.step("a peer killed while a selector waits",
            () -> Endings.selectUntilItEnds(c.tell(VSOCK, "die-giving 0")));
    }

    private String killGuest() throws Exception {
        return endAll(sibling, process(Long.toString(second)));
    }

    private String killDevice() throws Exception {
        return endAll(c, process("device"));
    }

    private static String endAll(Peer peer, ProcessHandle process) throws Exception {
        SocketChannel reading = peer.tell(VSOCK, "take " + MEBIBYTE); // silent
        SocketChannel selecting = peer.tell(VSOCK, "take " + MEBIBYTE);
        SocketChannel writing = peer.tell(VSOCK, "take " + Long.MAX_VALUE);
        CompletableFuture<String> reader = Endings.inBackground(() -> Endings.readUntilBroken(reading));
        CompletableFuture<String> selector = Endings.inBackground(() -> Endings.selectUntilItEnds(selecting));
        CompletableFuture<String> writer = Endings.inBackground(() -> Endings.writeUntilItFails(writing, 1));
        TimeUnit.MILLISECONDS.sleep(500); // until bytes flow
        require(!reader.isDone() && !selector.isDone() && !writer.isDone(), "ended before the kill");
        process.destroyForcibly();
        return "write: " + writer.get(Endings.PROMPT, TimeUnit.SECONDS) + "; read: "
            + reader.get(Endings.PROMPT, TimeUnit.SECONDS) + "; select: "
            + selector.get(Endings.PROMPT, TimeUnit.SECONDS);
    }

    // ---- what docs/transports.md says of this device: of another version, it may differ ----

    private void device() {
        report.step("the device: half close by the host", this::halfCloseByHost);
        report.step("the device: half close by cat", this::halfCloseByCat);
        report.step("the device: half close by the guest", this::halfCloseByGuest);
        report.step("the device: a connection that the host closes with bytes unread", this::closedWithBytesUnread);
        report.step("the device: what a guest sent before it closed", () -> lastBytes(0));
        report.step("the device: a request in two parts", this::requestInParts);
        report.step("the device: the number after OK", this::numberAfterOk);
        report.step("the device: no answer of the guest", () -> unanswered(this::stopGuest, this::continueGuest));
        report.step("the device: no descriptor left", () -> unanswered(() -> limitDevice(1), () -> limitDevice(4096)));
    }

    private String halfCloseByHost() throws IOException {
        try (SocketChannel channel = c.tell(VSOCK, "take")) {
            Peer.pour(channel, VSOCK, MEBIBYTE);
            channel.shutdownOutput();
            return "the guest's output goes on: " + Peer.readLine(channel);
        } catch (IOException e) {
            return "ends both directions: " + e.getMessage();
        }
    }

    private String halfCloseByCat() throws Exception {
        try {
            return "the answer comes: " + ToolProcess.catTo(c, "take", MEBIBYTE);
        } catch (AssertionError noAnswer) {
            return "no answer: " + noAnswer.getMessage().strip();
        }
    }

    private String halfCloseByGuest() throws IOException {
        try (SocketChannel channel = c.tell(VSOCK, "half-close"); Selector selector = Selector.open()) {
            channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            if (isSelected(selector, 1))
                return "the end of the stream: " + channel.read(ByteBuffer.allocate(1));
            long start = System.nanoTime();
            channel.write(ByteBuffer.allocate(1)); // for which the guest waits before it closes
            require(isSelected(selector, Endings.PROMPT) && channel.read(ByteBuffer.allocate(1)) < 0, "no end");
            return "nothing within 1 s; the end of the stream " + Report.seconds(start) + " after the guest's close";
        }
    }

    /** The connection after it shows that the device still serves. */
    private String closedWithBytesUnread() throws IOException {
        try (SocketChannel channel = c.tell(VSOCK, "give " + MEBIBYTE)) {
            require(channel.read(ByteBuffer.allocate(1)) == 1, "nothing came");
        }
        return "and another connection: " + sent(c.tell(VSOCK, "take " + MEBIBYTE), MEBIBYTE);
    }

    private String lastBytes(int seconds) throws Exception {
        int sent = MEBIBYTE / 4;
        try (SocketChannel channel = c.tell(VSOCK, "leave " + sent)) {
            TimeUnit.SECONDS.sleep(seconds);
            long start = System.nanoTime();
            ByteBuffer chunk = ByteBuffer.allocate(Peer.CHUNK);
            long read = 0;
            for (int n = channel.read(chunk); n >= 0; n = channel.read(chunk.clear()))
                read += n;
            require(seconds > 0 || read == sent, "only " + read + " of " + sent + " bytes");
            return read + " of " + sent + " bytes, the end after " + Report.seconds(start);
        }
    }

    private SocketChannel connectToDevice() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket(first)));
    }

    private String requestInParts() throws Exception {
        try (SocketChannel channel = connectToDevice()) {
            channel.write(ByteBuffer.wrap("CONN".getBytes(StandardCharsets.US_ASCII)));
            TimeUnit.MILLISECONDS.sleep(200);
            Peer.writeLine(channel, "ECT " + port);
            return "waits for the rest: " + Peer.readLine(channel);
        } catch (IOException e) {
            return "drops the connection: " + e.getMessage();
        }
    }

    private String numberAfterOk() throws IOException {
        try (SocketChannel channel = connectToDevice()) {
            Peer.writeLine(channel, "CONNECT " + port);
            return Peer.readLine(channel);
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    /**
     * A connect that is never given up, since version 0.3.0 ends the work for a guest when it answers a connection that
     * the host has closed meanwhile.
     */
    private String unanswered(Action hinder, Action help) throws Exception {
        try (SocketChannel channel = SocketChannel.open(VSOCK); Selector selector = Selector.open()) {
            hinder.run();
            try {
                channel.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT);
                channel.connect(VsockSocketAddress.of(first, port));
                require(!isSelected(selector, 3), "the connect has ended");
            } finally {
                help.run();
            }
            require(isSelected(selector, Endings.PROMPT) && channel.finishConnect(), "not connected");
            return "nothing within 3 s; then connected, as soon as it can be";
        }
    }

    /** A select may return early. */
    private static boolean isSelected(Selector selector, int seconds) throws IOException {
        long start = System.nanoTime();
        int selected = 0;
        while (selected == 0 && Report.secondsSince(start) < seconds)
            selected = selector.select(TimeUnit.SECONDS.toMillis(seconds));
        return selected > 0;
    }

    private void stopGuest() throws Exception {
        execute("kill", "-STOP", pid(Long.toString(first)));
    }

    private void continueGuest() throws Exception {
        execute("kill", "-CONT", pid(Long.toString(first)));
    }

    /** The soft limit; descriptors beyond it stay as they are. */
    private void limitDevice(int descriptors) throws Exception {
        execute("prlimit", "--pid", pid("device"), "--nofile=" + descriptors + ":");
    }

    private String pid(String name) throws IOException {
        return Long.toString(process(name).pid());
    }

    private static void execute(String... command) throws Exception {
        require(new ProcessBuilder(command).inheritIO().start().waitFor() == 0, String.join(" ", command) + " fails");
    }
}
