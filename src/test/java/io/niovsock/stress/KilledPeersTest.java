// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Kills peers in the middle of a stream. A reader gets only bytes that its own peer has sent, each at its place.
 * {@code -Dniovsock.test.killedPeersSeconds=1200} runs this for 20 minutes.
 */
class KilledPeersTest {
    private static final long SECONDS = Long.getLong("niovsock.test.killedPeersSeconds", Machine.isTestvm() ? 10 : 4);

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS) // the program has its own limit
    void everyByteIsOfTheReadersOwnPeer() throws Exception {
        CProgram.of("tagged"); // or a skip, because there is no compiler
        ChildJvm jvm = ChildJvm.of(KilledPeers.class).arguments(SECONDS)
            .option("-XX:-UseSerialGC").option("-XX:+UseG1GC").option("-Xmx256m");
        if (!Machine.isTestvm())
            jvm.option("-XX:TieredStopAtLevel=4"); // two compilers: see testvm/README.md
        if (Machine.isEmulated() && run("unshare", "-n", "true").status() == 0)
            jvm.under("unshare", "-n"); // that network namespace has no endpoints of other programs
        Process process = jvm.start();
        process.getOutputStream().close();
        try (Background<String> output = Background.start(() -> new String(process.getInputStream().readAllBytes()))) {
            boolean ended = waitFor(process);
            String text = output.result();
            assertTrue(ended, () -> "the program did not end; it printed " + text);
            assertEquals(0, process.exitValue(), text);
            assertTrue(text.matches("(?s).*rounds [1-9]\\d*, connections [1-9]\\d*, bytes [1-9]\\d*, wrong 0\n"), text);
            System.out.print("killed peers: " + text.substring(text.lastIndexOf("rounds ")));
        }
    }

    /** Whether the process has ended by itself. Otherwise it prints the stacks of its threads. */
    private static boolean waitFor(Process process) throws InterruptedException {
        try {
            if (process.waitFor(SECONDS + 2 * Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                return true;
            run("kill", "-QUIT", Long.toString(process.pid()));
            process.waitFor(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return false;
        } finally {
            if (process.isAlive())
                process.toHandle().destroyForcibly(); // the streams stay open for its output
        }
    }

    private static ChildJvm.Result run(String... command) throws InterruptedException {
        try {
            return ChildJvm.finish(new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException notThere) {
            return new ChildJvm.Result(1, List.of(notThere.toString()));
        }
    }
}
