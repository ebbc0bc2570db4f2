package io.niovsock.testkit;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

import java.util.UUID;

/**
 * Keeps the tests off other programs' emulated endpoints, and off the kernel's vsock, also when an IDE runs one of them: on a development machine, which may itself
 * be a guest, that leads to somebody's host. Runs before any test class is loaded.
 */
public final class SafeTransport implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        if (System.getProperty(Machine.NAMESPACE_PROPERTY) == null)
            System.setProperty(Machine.NAMESPACE_PROPERTY, "test-" + UUID.randomUUID());
        if (Machine.mayUseKernelVsock() || Machine.isEmulated())
            return;
        if (System.getProperty("io.niovsock.transport") != null)
            System.err.println("io.niovsock.transport=" + Machine.transport() + " is not for this machine: using the"
                + " emulated transport (the kernel's: NIOVSOCK_TESTVM=1 testvm/run …)");
        System.setProperty("io.niovsock.transport", "emulated");
    }
}
