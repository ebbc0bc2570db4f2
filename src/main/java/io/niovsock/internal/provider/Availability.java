// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.provider;

import io.niovsock.internal.address.AcceptRules;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.deferred.ClosedChannels;
import io.niovsock.internal.jdk.JdkInternals;
import io.niovsock.internal.jdk.JdkNetworking;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.Transport;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out whether this JVM can have vsock: whether the native library can be loaded, and this JDK has the members
 * that the channels need. The first call loads the library. Only if vsock is available, classes that name types of
 * {@code sun.nio.ch} can be linked.
 */
public final class Availability {
    private static final File NULL_DEVICE = new File("/dev/null");

    /** More than the JDK and this library need at the same time to load libraries and initialize classes. */
    private static final int DESCRIPTORS_NEEDED = 8;

    private static volatile boolean known;
    private static volatile Throwable unavailable; // why this JVM cannot have vsock; null: it can; set before `known`
    private static volatile boolean told;
    private static volatile boolean unixReady;

    private Availability() { }

    /**
     * The reason why this JVM cannot have vsock, or null if it can.
     *
     * @throws IOException if no descriptor is left to find that out; the next call tries again
     */
    public static Throwable cause() throws IOException {
        return known ? unavailable : findOut();
    }

    private static synchronized Throwable findOut() throws IOException {
        if (!known) {
            requireDescriptors();
            unavailable = load();
            known = true;
        }
        return unavailable;
    }

    /**
     * Tries again. Only operations that need vsock call this, since an attempt takes time. If it fails again, the first
     * reason stays.
     */
    private static synchronized Throwable findOutAgain() {
        if (unavailable != null && load() == null)
            unavailable = null;
        return unavailable;
    }

    /**
     * Makes sure that some descriptors are free. The JDK's classes need them while they are initialized, and a class
     * whose initialization fails is unusable for the life of the JVM.
     */
    private static void requireDescriptors() throws IOException {
        if (!NULL_DEVICE.canRead())
            return; // another system, or not readable for this user
        List<InputStream> reserved = new ArrayList<>();
        try {
            while (reserved.size() < DESCRIPTORS_NEEDED)
                reserved.add(new FileInputStream(NULL_DEVICE));
        } finally {
            for (InputStream stream : reserved)
                stream.close();
        }
    }

    /**
     * Initializes the class that the platform's Unix-domain channels need.
     *
     * @throws IOException if no descriptor is left; the next call tries again
     */
    public static void prepareUnix() throws IOException {
        if (unixReady)
            return;
        requireDescriptors();
        JdkNetworking.initializeUnix();
        unixReady = true;
    }

    private static Throwable load() {
        String system = System.getProperty("os.name");
        if (!"Linux".equals(system))
            return new UnsupportedOperationException("nio-vsock supports vsock on Linux only, and this system is "
                + system);
        try {
            JdkInternals.requireVisible();
            Natives.initialize();
            JdkInternals.check();
            JdkNetworking.initialize();
            ClosedChannels.prepare();
            return null;
        } catch (ReflectiveOperationException | RuntimeException e) {
            return e;
        } catch (NoSuchFieldError | NoSuchMethodError ofNativeCode) { // its message is only the name
            return new LinkageError(JdkInternals.lacking(ofNativeCode.getMessage()), ofNativeCode);
        } catch (LinkageError e) {
            return wrapped(e) ? e.getCause() : e;
        }
    }

    private static boolean wrapped(LinkageError e) {
        return (e instanceof ExceptionInInitializerError || e instanceof NoClassDefFoundError) && e.getCause() != null;
    }

    /**
     * Makes sure that this JVM can have vsock, and that the system properties can be read. If vsock was not available
     * before, this tries again: some causes pass, such as a folder without room for the native library.
     *
     * @throws IOException if it cannot, with the reason
     * @throws IllegalArgumentException if a system property of this library cannot be read
     */
    public static void require() throws IOException {
        Throwable cause = cause();
        if (cause != null)
            cause = findOutAgain();
        if (cause != null)
            throw new IOException(text(cause), cause);
        requireSettings();
    }

    /** @throws IllegalArgumentException if a system property of this library cannot be read */
    public static void requireSettings() {
        requireRules();
        Transport.checkSettings();
    }

    /** @throws IllegalArgumentException if a rule for addresses or for peers cannot be read */
    public static void requireRules() {
        AddressResolver.checkRules();
        AcceptRules.check();
    }

    /**
     * Returns whether channels and selectors opened now are this library's. If not, they are the platform's own, and
     * the log says why.
     *
     * @throws IOException if no descriptor is left to find that out with
     * @throws IllegalArgumentException if a system property of this library is malformed
     */
    public static boolean isNowOrTold() throws IOException {
        Throwable cause = cause();
        if (cause != null) {
            tellOnce(cause);
            return false;
        }
        requireSettings();
        return true;
    }

    /**
     * Makes sure that this JVM can have vsock. A lack of descriptors passes, and is ignored.
     *
     * @throws SecurityException if it cannot
     */
    public static void requireLasting() {
        Throwable cause = lastingCause();
        if (cause != null) {
            tellOnce(cause);
            throw new SecurityException(text(cause));
        }
    }

    private static Throwable lastingCause() {
        try {
            return cause();
        } catch (IOException noDescriptorLeft) {
            return null;
        }
    }

    /** Writes to the log, once, that channels and selectors are the platform's own, and why. */
    public static void tellOnce(Throwable cause) {
        if (told)
            return;
        told = true; // first: the logger may open a socket
        System.getLogger("io.niovsock").log(System.Logger.Level.WARNING,
            text(cause) + "; channels and selectors are the platform's own");
    }

    /** The message for a reason. */
    public static String text(Throwable cause) {
        return "vsock is not available in this JVM: " + cause.getMessage();
    }
}
