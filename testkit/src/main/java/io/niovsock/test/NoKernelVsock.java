// SPDX-License-Identifier: Apache-2.0
package io.niovsock.test;

import io.niovsock.internal.transport.EmulatedMachine;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Keeps all tests of a JVM away from the kernel's vsock, those without {@link VsockExtension} among them. A machine
 * that runs tests may be a guest itself, and CID 2 is then its hypervisor. The launcher of the JUnit platform finds
 * this class if the kit is on the class path, before it loads a test. Threads that act as no {@link VsockMachine} fail
 * to open a vsock socket.
 *
 * <p> If the system property {@code io.niovsock.transport} is set, such threads have the transport that it names.
 */
public final class NoKernelVsock implements LauncherSessionListener {
    /** Creates the listener; the launcher does. */
    public NoKernelVsock() { }

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        EmulatedMachine.use();
    }
}
