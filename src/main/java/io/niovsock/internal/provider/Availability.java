package io.niovsock.internal.provider;

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
 * Whether this JVM can have vsock: whether the native library fits and this JDK has what the channels need. The first call
 * finds that out, by loading the library. Classes that name types of {@code sun.nio.ch} can be linked only where it can.
 */
public final class Availability {
    private static final File NULL_DEVICE = new File("/dev/null");

    /** More than the JDK and this library need at once, while they load libraries and initialize classes. */
    private static final int DESCRIPTORS_NEEDED = 8;

    private static volatile Found found; // null: not found out yet
    private static volatile boolean told;
    private static volatile boolean unixReady;

    /** @param unavailable why this JVM cannot have vsock, or null */
    private record Found(Throwable unavailable) { }

    private Availability() { }

    /**
     * Why this JVM cannot have vsock: null, if it can.
     *
     * @throws IOException if no descriptor is left to find out with, which may be otherwise at the next call
     */
    public static Throwable cause() throws IOException {
        Found known = found;
        return known != null ? known.unavailable : findOut();
    }

    private static synchronized Throwable findOut() throws IOException {
        if (found == null) {
            requireDescriptors();
            found = new Found(load());
        }
        return found.unavailable;
    }

    /** Not for what TCP alone needs: an attempt takes its time. If it fails again, the first reason stands. */
    private static synchronized Throwable findOutAgain() {
        if (found.unavailable != null && load() == null)
            found = new Found(null);
        return found.unavailable;
    }

    /**
     * A class whose initialization fails is lost for the life of the JVM, and the JDK's own need descriptors for it. So
     * there must be some, or nothing is begun.
     */
    private static void requireDescriptors() throws IOException {
        if (!NULL_DEVICE.canRead())
            return; // another system, or a machine that keeps it from this user
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
     * Makes sure that the platform's channels of the Unix domain find what they need.
     *
     * @throws IOException if no descriptor is left, which may be otherwise at the next call
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
        } catch (NoSuchFieldError | NoSuchMethodError ofNativeCode) { // as its name alone
            return new LinkageError(JdkInternals.lacking(ofNativeCode.getMessage()), ofNativeCode);
        } catch (LinkageError e) {
            return wrapped(e) ? e.getCause() : e;
        }
    }

    private static boolean wrapped(LinkageError e) {
        return (e instanceof ExceptionInInitializerError || e instanceof NoClassDefFoundError) && e.getCause() != null;
    }

    /**
     * Makes sure that this JVM can have vsock, and that what its user has configured can be read. What was missing before is
     * looked for again: some causes pass, such as a folder without room for the native library.
     *
     * @throws IOException if it cannot, saying why
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
        AddressResolver.checkRules();
        Transport.checkSettings();
    }

    /** Says in the log, once, that channels and selectors are the platform's own, and why. */
    public static void tellOnce(Throwable cause) {
        if (told)
            return;
        told = true; // first: whoever writes the log may open a socket
        System.getLogger("io.niovsock").log(System.Logger.Level.WARNING,
            text(cause) + "; channels and selectors are the platform's own");
    }

    /** What is said of it, for people. */
    public static String text(Throwable cause) {
        return "vsock is not available in this JVM: " + cause.getMessage();
    }
}
