// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Natives;
import sun.nio.ch.DefaultSelectorProvider;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.net.DatagramSocket;
import java.net.DatagramSocketImplFactory;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.DatagramChannel;

/**
 * How {@code java.net} makes a datagram socket: {@code DatagramSocket} and {@code MulticastSocket} delegate to another
 * one, the adaptor of a channel that no interrupt closes.
 */
public final class DatagramSockets {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final MethodHandle CREATE_DELEGATE = memberOrNull("createDelegate");
    private static final MethodHandle FACTORY = memberOrNull("datagramFactory");
    private static final SocketAddress NO_DELEGATE = noDelegateOrNull();

    private DatagramSockets() { }

    private static MethodHandle memberOrNull(String name) {
        Natives.initialize();
        try {
            return NATIVES.jdkMember(name);
        } catch (ReflectiveOperationException | LinkageError e) {
            return null;
        }
    }

    private static SocketAddress noDelegateOrNull() {
        MethodHandle field = memberOrNull("noDelegate");
        try {
            return field == null ? null : (SocketAddress) field.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError("reading a field throws nothing", e);
        }
    }

    /** Whether this JDK has all that a replacement of {@link #createDelegate} needs. */
    public static boolean isDelegateReplaceable() {
        return CREATE_DELEGATE != null && NO_DELEGATE != null;
    }

    /**
     * The address with which the constructor of {@code MulticastSocket} makes no socket to delegate to; the JDK's
     * adaptors pass it, too. If this JDK does not have it, null: with that, the constructor makes an unbound socket.
     */
    public static SocketAddress noDelegate() {
        return NO_DELEGATE;
    }

    /** Whether the program has set a {@code DatagramSocketImplFactory}. */
    @SuppressWarnings("deprecation") // the interface is
    public static boolean hasFactory() {
        try {
            return FACTORY != null && (DatagramSocketImplFactory) FACTORY.invokeExact() != null;
        } catch (Throwable e) {
            throw new AssertionError("reading a field throws nothing", e);
        }
    }

    /** Makes what a datagram socket of the given class delegates to, as the JDK does. */
    public static DatagramSocket createDelegate(SocketAddress local, Class<?> type) throws SocketException {
        try {
            return (DatagramSocket) CREATE_DELEGATE.invokeExact(local, type);
        } catch (SocketException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("DatagramSocket.createDelegate declares SocketException only", e);
        }
    }

    /** Opens the platform's channel that {@link #createDelegate} opens: an interrupt does not close it. */
    public static DatagramChannel openUninterruptibleChannel() throws IOException {
        return DefaultSelectorProvider.get().openUninterruptibleDatagramChannel();
    }
}
