// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static io.niovsock.VsockProtocolFamily.VSOCK;

/**
 * A guest of this system by {@code testvm/run --hybrid}, attached to this JVM. In it are {@code src/test/c/peer.c} at
 * {@link #PORT}, and what {@code bench/soak --guest} does.
 */
final class GuestMachine implements AutoCloseable {
    static final long CID = 42;
    static final long PORT = 5000;
    private static final long ORDERS = 5100;
    private static final int BOOT = 300; // seconds; needs 8, and much more on a busy machine
    private static final String READY = "peer: listening for streams at port " + PORT;

    private final Path folder;
    private final Process run;
    private final VsockGuest guest;
    private final DeviceProcess device;

    GuestMachine() throws Exception {
        folder = Files.createTempDirectory("soak");
        // It ends when this thread does, even if the JVM is killed.
        run = new ProcessBuilder("setpriv", "--pdeathsig", "TERM", "testvm/run", "--hybrid", path("vsock"),
            "--monitor", path("monitor"), "--pid", path("pid"), "--memory", "512", "--timeout", "1200", "bench/soak",
            "--guest").redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
        run.getOutputStream().close();
        guest = Vsock.attach(CID, folder.resolve("vsock"));
        try {
            awaitBoot();
            device = DeviceProcess.of(run.toHandle());
        } catch (Exception | Error e) {
            close();
            throw e;
        }
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }

    /** Waits without a connect: a device may not survive one that its guest cannot answer yet. */
    private void awaitBoot() throws Exception {
        Deadline end = Deadline.in(BOOT);
        while (!log().contains(READY))
            if (end.isOver() || run.waitFor(100, TimeUnit.MILLISECONDS))
                throw new IOException("the guest does not come up: " + log());
    }

    /** Whether the guest answers. If it does not, its device has ended. */
    boolean isReachable() throws IOException {
        try (SocketChannel channel = connect(PORT)) {
            return channel.isConnected();
        } catch (ConnectException | NoRouteToHostException unanswered) {
            if (device.works())
                throw unanswered;
            return false;
        }
    }

    /** Without a limit of its own, since a device may not survive that a connect is given up: docs/transports.md. */
    private static SocketChannel connect(long port) throws IOException {
        SocketChannel channel = SocketChannel.open(VSOCK);
        try {
            channel.connect(VsockSocketAddress.of(CID, port));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    DeviceProcess device() {
        return device;
    }

    /** A connection on which the peer waits for a command. */
    SocketChannel connect() throws IOException {
        return connect(PORT);
    }

    /** A connection on which the peer does what its command says. */
    SocketChannel tell(String command) throws IOException {
        return tell(PORT, command);
    }

    private static SocketChannel tell(long port, String command) throws IOException {
        return tell(connect(port), command);
    }

    static SocketChannel tell(SocketChannel channel, String command) throws IOException {
        ByteBuffer line = StandardCharsets.US_ASCII.encode(command + "\n");
        while (line.hasRemaining())
            channel.write(line);
        return channel;
    }

    Monitor monitor() throws IOException {
        return new Monitor(folder.resolve("monitor"));
    }

    /** Has the guest remove its vsock device and module, and load the module again. Returns what it has said. */
    List<String> reloadModule() throws IOException {
        tell(ORDERS, "end").close();
        Await.until(() -> "the guest did not load its module", () -> log().contains("soak: loaded"));
        return log().lines().filter(line -> line.startsWith("soak: ")).toList();
    }

    /** Pulls the plug. */
    void kill() throws IOException {
        ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve("pid")).strip())).orElseThrow()
            .destroyForcibly();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        guest.close();
        run.destroy(); // it ends what it has started
        if (!run.waitFor(Way.LIMIT, TimeUnit.SECONDS))
            throw new IOException("testvm/run does not end");
        for (String name : List.of("vsock", "monitor", "pid", "log"))
            Files.deleteIfExists(folder.resolve(name));
        Files.delete(folder);
    }
}
