// SPDX-License-Identifier: Apache-2.0
package io.niovsock.unanswered;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A guest whose CID the kernel knows and which never runs: it answers no connect. Data for it stays in the kernel. Only
 * a host can have one: {@code testvm/run --host}.
 */
final class SilentGuest implements AutoCloseable {
    /** Far from the CIDs of guests that run. */
    private static final AtomicLong FREE_CID = new AtomicLong(100_000);

    private static final Path VHOST = Path.of("/dev/vhost-vsock");

    /** VHOST_VSOCK_SET_GUEST_CID of linux/vhost.h; Java has no ioctl, and perl is on every Debian. */
    private static final String HOLD_CID =
        "open(my $v, '+<', $ARGV[0]) or die \"$ARGV[0]: $!\"; my $cid = pack('Q', $ARGV[1]);"
        + " ioctl($v, 0x4008af60, $cid) or die \"ioctl: $!\"; $| = 1; print \"ready\\n\"; <STDIN>";

    private final long cid = FREE_CID.getAndIncrement();
    private final Process holder;

    SilentGuest() throws IOException {
        holder = new ProcessBuilder("perl", "-e", HOLD_CID, VHOST.toString(), Long.toString(cid))
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        BufferedReader lines = holder.inputReader();
        assertEquals("ready", lines.readLine(), "perl's first line");
    }

    /** Skips the tests of a machine that cannot have such a guest. */
    static void skipUnlessHost() {
        if (Machine.isEmulated() || !Files.isWritable(VHOST))
            throw Skip.because("a connect without an answer needs the kernel of a host: testvm/run --host");
    }

    VsockSocketAddress address() {
        return VsockSocketAddress.of(cid, 5000);
    }

    /** Takes the guest away, as when its process is killed. */
    @Override
    public void close() throws IOException {
        holder.destroy();
        holder.onExit().join();
        holder.getInputStream().close();
        holder.getOutputStream().close();
    }
}
