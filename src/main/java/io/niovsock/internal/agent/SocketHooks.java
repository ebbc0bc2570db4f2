// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.agent;

import java.lang.invoke.MethodHandle;
import java.net.DatagramSocket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.net.SocketImplFactory;
import java.util.function.Supplier;

/**
 * What the classes of {@code java.net} call instead of their own methods, once {@link CallRedirection} has changed
 * them. The bootstrap class loader has this class, so it depends on {@code java.base} only: {@link SocketRedirection}
 * sets the library's methods, before any class calls.
 */
public final class SocketHooks {
    private static volatile Supplier<SocketImpl> client;
    private static volatile Supplier<SocketImpl> server;
    private static volatile Supplier<SocketImpl> proxied;
    private static volatile MethodHandle datagrams; // (SocketAddress,Class)DatagramSocket, which may throw
    private static volatile SocketImplFactory accepted;

    private static boolean isSet; // guarded by the class

    private SocketHooks() { }

    /**
     * Sets the library's methods, once: whoever could set others would make the sockets of the whole JVM.
     *
     * @throws IllegalStateException if they are set
     */
    public static synchronized void set(Supplier<SocketImpl> newClient, Supplier<SocketImpl> newServer,
                                        Supplier<SocketImpl> newProxied, SocketImplFactory newAccepted,
                                        MethodHandle newDatagrams) {
        if (isSet)
            throw new IllegalStateException("set already");
        isSet = true;
        client = newClient;
        server = newServer;
        proxied = newProxied;
        accepted = newAccepted;
        datagrams = newDatagrams;
    }

    /** For {@code Socket.createImpl}. */
    public static SocketImpl newClientImpl() {
        return client.get();
    }

    /** For {@code ServerSocket.createImpl}. */
    public static SocketImpl newServerImpl() {
        return server.get();
    }

    /** For {@code SocketImpl.createPlatformSocketImpl} in {@code Socket(Proxy)}. */
    public static SocketImpl newProxiedImpl(@SuppressWarnings("unused") boolean isServer) {
        return proxied.get();
    }

    /** For {@code Socket.socketImplFactory} in {@code ServerSocket}: makes the implementations of accepted sockets. */
    public static SocketImplFactory acceptedFactory() {
        return accepted;
    }

    /** For {@code DatagramSocket.createDelegate}. */
    public static DatagramSocket newDelegate(SocketAddress local, Class<?> type) throws Throwable {
        return (DatagramSocket) datagrams.invokeExact(local, type);
    }
}
