// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.Await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Stops a process that sends (SIGSTOP), reads what was under way, and continues it (SIGCONT). Its connections are
 * silent meanwhile and stay open; then every byte follows at its place.
 */
final class StoppedProcesses implements Part {
    private static final int CONNECTIONS = 3;
    private static final int SILENCE = 100; // ms
    private static final int ENOUGH = 1 << 17; // bytes, more than was under way

    private int next = 1;

    @Override
    public String name() {
        return "stopped processes";
    }

    @Override
    public int weight() {
        return 3;
    }

    @Override
    public void run(Deadline end, Ledger ledger) throws Exception {
        do
            try (TaggedPeers peers = new TaggedPeers(1, CONNECTIONS, next); Selector selector = Selector.open()) {
                next = Math.max(1, next + CONNECTIONS);
                for (TaggedPeers.Connection connection : peers.connections())
                    connection.channel().configureBlocking(false)
                        .register(selector, SelectionKey.OP_READ, connection);
                Process process = peers.processes().get(0);
                receive(selector, ENOUGH, ledger);
                signal(process, "STOP");
                Await.until(() -> "the process is not stopped", () -> isStopped(process));
                while (read(selector, SILENCE, ledger) > 0) { }
                ledger.check("a stopped process's connections are silent and open", true, "");
                signal(process, "CONT");
                receive(selector, ENOUGH, ledger);
                ledger.count("processes stopped and continued", 1);
                String otherwise = TaggedPeers.kill(process);
                ledger.check("a process reads its own bytes until it is killed", otherwise == null, otherwise);
            }
        while (!end.isOver());
    }

    private static void receive(Selector selector, int bytes, Ledger ledger) throws IOException {
        for (int have = 0; have < bytes; ) {
            int n = read(selector, TimeUnit.SECONDS.toMillis(Way.LIMIT), ledger);
            if (n == 0)
                throw new IOException("nothing was selected for " + Way.LIMIT + " s");
            have += n;
        }
    }

    /** Reads once from each connection that is ready within the time; returns the number of bytes, 0 if none is. */
    private static int read(Selector selector, long millis, Ledger ledger) throws IOException {
        if (selector.select(millis) == 0)
            return 0;
        int read = 0;
        for (SelectionKey key : selector.selectedKeys()) {
            TaggedPeers.Connection connection = (TaggedPeers.Connection) key.attachment();
            ByteBuffer dst = ByteBuffer.allocate(1 << 16);
            int n = Way.some(((SocketChannel) key.channel()).read(dst));
            byte[] bytes = new byte[n];
            dst.flip().get(bytes);
            String mistake = connection.stream().take(bytes);
            ledger.check("each byte of a process is at its place", mistake == null, mistake);
            read += n;
        }
        selector.selectedKeys().clear();
        ledger.count("bytes, from processes that are stopped", read);
        return read;
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        Commands.run("kill", "-" + name, Long.toString(process.pid()));
    }

    private static boolean isStopped(Process process) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
    }
}
