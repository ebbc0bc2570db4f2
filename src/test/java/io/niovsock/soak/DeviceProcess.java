// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.Await;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The vhost-device-vsock of a guest, by what {@code /proc} shows of it. One of its threads serves the queues of the
 * guest; when that has ended, nothing moves any more, and no connect is answered. In 0.3.0 the thread ends if the host
 * sends or receives while the guest is paused: {@code docs/transports.md}, "Hybrid vsock".
 */
final class DeviceProcess {
    private static final String PROGRAM = "vhost-device-vsock";
    private static final String WORKER = "vring_worker";
    private static final Pattern SWITCHES = Pattern.compile("voluntary_ctxt_switches:\\s+(\\d+)");
    private static final int GLANCE = 100; // ms

    private final Path worker; // of /proc

    private DeviceProcess(Path worker) {
        this.worker = worker;
    }

    /** Returns the device that this process, or one of its descendants, has started. */
    static DeviceProcess of(ProcessHandle starter) throws IOException {
        ProcessHandle device = starter.descendants()
            .filter(process -> process.info().command().orElse("").endsWith("/" + PROGRAM)).findFirst()
            .orElseThrow(() -> new IOException("no process " + PROGRAM + " below " + starter.pid()));
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", device.pid() + "", "task"))) {
            for (Path thread : threads)
                if (Files.readString(thread.resolve("comm")).strip().equals(WORKER))
                    return new DeviceProcess(thread);
        }
        throw new IOException(PROGRAM + " has no thread " + WORKER + ": is it another version?");
    }

    /** Whether the thread that serves the guest is alive. */
    boolean works() {
        return Files.exists(worker);
    }

    /** Waits until that thread has nothing to do. */
    void awaitRest() {
        Await.until(() -> "the thread of " + PROGRAM + " does not rest", () -> {
            long before = switches();
            Thread.sleep(GLANCE);
            return switches() == before;
        });
    }

    /** The number of times that the thread has gone to sleep. */
    private long switches() throws IOException {
        Matcher matcher = SWITCHES.matcher(Files.readString(worker.resolve("status")));
        if (!matcher.find())
            throw new IOException("no " + SWITCHES + " in " + worker);
        return Long.parseLong(matcher.group(1));
    }
}
