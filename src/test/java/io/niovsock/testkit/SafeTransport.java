// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

import java.util.UUID;

/**
 * Keeps the tests away from other programs' emulated endpoints, and from the kernel's vsock, even if an IDE runs one
 * test. If a development machine is a guest, the kernel's vsock leads to its hypervisor. This runs before any test
 * class is loaded.
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
