// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The machine of the tests: a bare machine with the emulated transport, or testvm/, a slow machine, with either
 * transport.
 */
public final class Machine {
    /** The namespace of emulated endpoints, one for each run of tests; {@link SafeTransport} sets it. */
    static final String NAMESPACE_PROPERTY = "io.niovsock.emulated.namespace";

    /** Allows the kernel's vsock. It has an effect only in testvm/, which leaves a mark. */
    static final String TESTVM_VARIABLE = "NIOVSOCK_TESTVM";
    private static final Path TESTVM_MARK = Path.of("/run/testvm");

    private static final boolean TESTVM = "1".equals(System.getenv(TESTVM_VARIABLE));

    /**
     * The time after which a test that waits fails: a machine with other work may stop a thread for seconds. The
     * property {@code niovsock.test.patience} has other seconds.
     */
    public static final Duration PATIENCE =
        Duration.ofSeconds(Long.getLong("niovsock.test.patience", TESTVM ? 100 : 60));

    /** {@code NIOVSOCK_LONG=1}: everything that is tried over and over is tried more often. */
    private static final boolean LONG = "1".equals(System.getenv("NIOVSOCK_LONG"));

    private Machine() { }

    /** Whether the kernel's vsock leads only to the machine of testvm/. */
    static boolean mayUseKernelVsock() {
        if (TESTVM && !Files.isDirectory(TESTVM_MARK))
            throw new IllegalStateException(TESTVM_VARIABLE + "=1, but this is no machine of testvm/: there is no "
                + TESTVM_MARK + " (run the tests with testvm/run)");
        return TESTVM;
    }

    /** Whether this is the machine of testvm/, where everything is slower. */
    public static boolean isTestvm() {
        return TESTVM;
    }

    /** Whether tests that try something over and over shall take their time, as for {@code bin/check --all}. */
    public static boolean isLong() {
        return LONG;
    }

    /** A number of rounds: a third unless tests shall take their time, a tenth where each takes ten times as long. */
    public static int rounds(int ofTheLongForm) {
        int divisor = TESTVM ? 10 : LONG ? 1 : 3;
        return Math.max(1, ofTheLongForm / divisor);
    }

    /** The transport of this JVM, and of every JVM that it starts. */
    public static String transport() {
        return System.getProperty("io.niovsock.transport", "kernel");
    }

    /**
     * The argument for peers without this library: {@code kernel}, or the prefix of the names of emulated endpoints.
     */
    public static String peerTransport() {
        if (!isEmulated())
            return transport();
        String namespace = System.getProperty(NAMESPACE_PROPERTY);
        return namespace == null ? "niovsock" : "niovsock/" + namespace;
    }

    public static boolean isEmulated() {
        return transport().equals("emulated");
    }
}
