package io.niovsock.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Where the tests run: on a bare machine, over the emulated transport, or in testvm/, a slow machine, over either. */
public final class Machine {
    /** The name space of emulated endpoints, one for each run of tests: {@link SafeTransport} sets it. */
    static final String NAMESPACE_PROPERTY = "io.niovsock.emulated.namespace";

    /** Says that the kernel's vsock may be used; believed only where testvm/ has left its mark. */
    static final String TESTVM_VARIABLE = "NIOVSOCK_TESTVM";
    private static final Path TESTVM_MARK = Path.of("/run/testvm");

    private static final boolean TESTVM = "1".equals(System.getenv(TESTVM_VARIABLE));

    /** How long a test waits for what must happen before it fails. */
    public static final Duration PATIENCE = Duration.ofSeconds(TESTVM ? 100 : 20);

    private Machine() { }

    /** Whether the kernel's vsock leads nowhere but to the machine of testvm/. */
    static boolean mayUseKernelVsock() {
        if (TESTVM && !Files.isDirectory(TESTVM_MARK))
            throw new IllegalStateException(TESTVM_VARIABLE + "=1, but this is no machine of testvm/: there is no "
                + TESTVM_MARK + " (run the tests with testvm/run)");
        return TESTVM;
    }

    /** Whether this is the machine of testvm/, where everything takes longer. */
    public static boolean isTestvm() {
        return TESTVM;
    }

    /** A number of rounds, smaller where each takes ten times as long. */
    public static int rounds(int onBareMachine) {
        return TESTVM ? Math.max(1, onBareMachine / 10) : onBareMachine;
    }

    /** The transport of this JVM, and of every one that it starts. */
    public static String transport() {
        return System.getProperty("io.niovsock.transport", "kernel");
    }

    /** What a peer without this library is told: {@code kernel}, or how the names of emulated endpoints begin. */
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
