// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import jtreg.SkippedException;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The only source of vsock endpoints for tests: this machine, by loopback. On the kernel's transport it returns
 * endpoints only in the virtual machine of {@code testvm/}, since elsewhere an endpoint may be a hypervisor.
 */
public final class Endpoints {
    /** The command that runs the suite on the kernel's transport, with everything that tests need of it. */
    static final String KERNEL_RUN = "NIOVSOCK_TESTVM=1 testvm/run jtreg-tests/run kernel";

    private static final Path TESTVM_MARK = Path.of("/run/testvm");

    private Endpoints() { }

    /** Whether this JVM's transport is the kernel's own. Throws if that is not allowed here. */
    public static boolean isKernel() {
        boolean kernel = !Vsock.transport().equals("emulated");
        if (kernel && !("1".equals(System.getenv("NIOVSOCK_TESTVM")) && Files.isDirectory(TESTVM_MARK)))
            throw new Error("refused: the kernel's transport is tested inside testvm/ only (" + KERNEL_RUN
                + "), elsewhere -Dio.niovsock.transport=emulated");
        return kernel;
    }

    /** A port of this machine, by loopback; 0 for a free one. */
    public static VsockSocketAddress local(long port) {
        if (isKernel() && !Vsock.isLoopbackAvailable())
            throw new SkippedException("this kernel has no vsock loopback: modprobe vsock_loopback");
        return VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, port);
    }

    /** A free port of this machine, by loopback, for a listener. */
    public static VsockSocketAddress anyPort() {
        return local(0);
    }
}
