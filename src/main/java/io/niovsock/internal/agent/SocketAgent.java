// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.agent;

import io.niovsock.VsockSocketImplFactory;
import io.niovsock.internal.net.CaughtSockets;
import io.niovsock.internal.provider.Availability;

import java.io.IOException;
import java.lang.instrument.Instrumentation;

/**
 * Lets an unchanged program's {@code java.net} sockets reach vsock: {@code java -javaagent:nio-vsock.jar …}. The jar
 * need not be on the class path as well. Before the program starts, the agent
 * <ul>
 * <li>calls {@link VsockSocketImplFactory#install()}, for {@code Socket} and {@code ServerSocket};
 * <li>redirects calls in {@code java.net}, for {@code DatagramSocket}, {@code MulticastSocket} and
 *     {@code Socket(Proxy)}, which no factory reaches ({@link SocketRedirection});
 * <li>makes a program with Netty use {@code java.nio}.
 * </ul>
 *
 * <p> The setters of factories are deprecated. With {@code -javaagent:nio-vsock.jar=redirect} the agent sets none and
 * redirects the calls of {@code Socket} and {@code ServerSocket} as well. That needs JDK 21 or later.
 *
 * <p> If that fails, because another factory is set already or the native library cannot be loaded, the program starts
 * nevertheless, the sockets stay what they were, and a line on standard error says why. If a rule cannot be read, the
 * program does not start: what it relies on may be that its sockets do not listen to the network, or not to everyone.
 */
public final class SocketAgent {
    private static final String REDIRECT = "redirect";

    private static boolean loaded; // guarded by the class

    private SocketAgent() { }

    /**
     * Called by the JVM before the program's main method.
     *
     * @param arguments null, empty or {@code redirect}
     * @throws IllegalArgumentException if a rule of the system properties cannot be read; the JVM ends
     * @throws IllegalStateException if a security manager forbids to read them; the JVM ends
     */
    public static synchronized void premain(String arguments, Instrumentation instrumentation) {
        if (loaded)
            return;
        loaded = true;
        requireRules();
        try {
            if (arguments != null && !arguments.isEmpty() && !arguments.equals(REDIRECT))
                throw new IllegalArgumentException("its only argument is " + REDIRECT + ", not '" + arguments + "'");
            if (REDIRECT.equals(arguments)) {
                redirectAll(instrumentation);
            } else {
                VsockSocketImplFactory.install();
                redirectWhatNoFactoryReaches(instrumentation);
            }
            NettyTransports.preferNio();
        } catch (IOException | RuntimeException | LinkageError | InternalError e) {
            tell("the agent is without effect, java.net sockets stay TCP: " + e.getMessage());
        }
    }

    private static void requireRules() {
        try {
            Availability.requireRules();
        } catch (SecurityException e) {
            throw new IllegalStateException("nio-vsock cannot read its rules; its jar needs all permissions, as by"
                + " 'grant codeBase \"file:/PATH/nio-vsock.jar\" { permission java.security.AllPermission; };' in"
                + " java.security.policy", e);
        }
    }

    private static void redirectAll(Instrumentation instrumentation) throws IOException {
        Availability.require();
        new SocketRedirection(instrumentation).sockets().proxiedSockets().datagramSockets().apply();
        CaughtSockets.add(CaughtSockets.Kind.PLAIN);
        CaughtSockets.add(CaughtSockets.Kind.PROXIED);
        CaughtSockets.add(CaughtSockets.Kind.DATAGRAM);
    }

    private static void redirectWhatNoFactoryReaches(Instrumentation instrumentation) {
        try {
            new SocketRedirection(instrumentation).proxiedSockets().datagramSockets().apply();
            CaughtSockets.add(CaughtSockets.Kind.PROXIED);
            CaughtSockets.add(CaughtSockets.Kind.DATAGRAM);
        } catch (IOException | RuntimeException | LinkageError | InternalError e) {
            tell("DatagramSocket stays UDP, Socket(Proxy) stays TCP: " + e.getMessage());
        }
    }

    private static void tell(String line) {
        System.err.println("nio-vsock: " + line);
    }

    /**
     * Called by a JVM that is running already; its existing sockets stay what they are.
     *
     * @param arguments as for {@link #premain}
     */
    public static void agentmain(String arguments, Instrumentation instrumentation) {
        premain(arguments, instrumentation);
    }
}
