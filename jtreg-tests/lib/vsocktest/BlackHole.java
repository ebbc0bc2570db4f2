// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import io.niovsock.VsockSocketAddress;
import jtreg.SkippedException;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A machine that accepts connects and never answers: a guest whose CID the kernel knows, and which never runs. Data for
 * it stays in the kernel. This needs a host, {@code testvm/run --host}.
 */
public final class BlackHole implements AutoCloseable {
    /** One CID for each JVM, since tests run in parallel. */
    private static final long CID = 100_000 + ProcessHandle.current().pid();

    private static final Path VHOST = Path.of("/dev/vhost-vsock");

    /** VHOST_VSOCK_SET_GUEST_CID of linux/vhost.h; Java has no ioctl, and perl is on every Debian. */
    private static final String HOLD_CID =
        "open(my $v, '+<', $ARGV[0]) or die \"$ARGV[0]: $!\"; my $cid = pack('Q', $ARGV[1]);"
        + " ioctl($v, 0x4008af60, $cid) or die \"ioctl: $!\"; $| = 1; print \"ready\\n\"; <STDIN>";

    private final Process holder;

    public BlackHole() throws IOException {
        if (!Endpoints.isKernel())
            throw new SkippedException("a connect never blocks on the emulated transport: " + Endpoints.KERNEL_RUN);
        if (!Files.isWritable(VHOST))
            throw new SkippedException("this machine is no host (" + VHOST + "): " + Endpoints.KERNEL_RUN);
        holder = new ProcessBuilder("perl", "-e", HOLD_CID, VHOST.toString(), Long.toString(CID))
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        BufferedReader lines = holder.inputReader();
        Check.equal(lines.readLine(), "ready", "what perl says");
    }

    public VsockSocketAddress address() {
        return VsockSocketAddress.of(CID, 5000);
    }

    @Override
    public void close() throws IOException {
        holder.destroy();
        holder.onExit().join();
        holder.getInputStream().close();
        holder.getOutputStream().close();
    }
}
