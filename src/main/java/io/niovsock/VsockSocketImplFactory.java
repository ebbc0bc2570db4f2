// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.jdk.SocketImpls;
import io.niovsock.internal.net.CaughtSockets;
import io.niovsock.internal.net.DeferredSocketImpl;
import io.niovsock.internal.net.DeferredSocketImpl.Kind;
import io.niovsock.internal.provider.Availability;

import java.io.IOException;
import java.lang.StackWalker.StackFrame;
import java.lang.invoke.MethodHandles;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketImplFactory;

/**
 * Lets plain {@code new Socket()} and {@code new ServerSocket()} reach vsock, beside TCP. {@link #install()} does so
 * for the whole JVM, as does {@code -javaagent:nio-vsock.jar} on the command line:
 *
 * <pre>{@code
 * VsockSocketImplFactory.install();
 * Socket socket = new Socket();
 * socket.connect(VsockSocketAddress.host(5000), 2000);
 * }</pre>
 *
 * <p> A socket is undecided until it is bound or connected. A {@link VsockSocketAddress} makes it vsock; so does, in
 * {@code connect}, any other address that makes a channel vsock ({@link Vsock#explain}). Any other address makes it
 * TCP: the platform's own implementation then does everything, through a SOCKS proxy if one is set. {@code java.net}
 * passes only IP address and port of a bind to the implementation, so a bind treats every vsock-mapped address as
 * vsock. {@code io.niovsock.mapped} guards connections, which a forged DNS answer could redirect.
 *
 * <p> For the same reason {@code getRemoteSocketAddress()} and {@code getLocalSocketAddress()} return a plain
 * {@code InetSocketAddress}. It equals the endpoint's {@code VsockSocketAddress}, and
 * {@link VsockSocketAddress#ofMapped} converts it.
 *
 * <p> Sockets created before the installation stay TCP for good. If such a socket is told to connect to a vsock
 * endpoint, it takes it for the mapped IPv6 address, and the kernel refuses that with "Network is unreachable". A
 * factory cannot reach a socket with an explicit proxy, {@code new Socket(Proxy)}, or a {@code DatagramSocket}; the
 * agent does.
 *
 * <p> Over vsock, as over TCP, an interrupt ends an operation of a virtual thread only, and a {@code close} by another
 * thread ends a blocked operation with a {@code SocketException}. Urgent data is not supported.
 *
 * <p> Safe for use by several threads.
 *
 * @since 0.1
 */
public final class VsockSocketImplFactory implements SocketImplFactory {
    private static boolean installed; // guarded by the class

    private final StackWalker callers = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    /**
     * Creates a factory for {@link Socket#setSocketImplFactory} and {@link ServerSocket#setSocketFactory}; both must be
     * set.
     *
     * @throws IOException if vsock is not available, or this JDK lacks a member of java.net that is needed, with the
     *     reason
     * @throws IllegalArgumentException if a system property of this library is malformed
     */
    public VsockSocketImplFactory() throws IOException {
        initialize();
    }

    static void initialize() throws IOException {
        JvmProvider.bypassed();
        Availability.require();
        try {
            SocketImpls.initialize();
        } catch (LinkageError e) {
            throw new IOException("java.net sockets cannot be made vsock: " + e.getMessage(), e);
        }
    }

    /**
     * Installs a factory for all sockets and server sockets that this JVM creates from now on. A second call does
     * nothing.
     *
     * @throws SocketException if another factory of sockets or of server sockets is set already; nothing is changed
     *     then
     * @throws IOException if vsock is not available, or this JDK lacks a member of java.net that is needed, with the
     *     reason
     * @throws IllegalArgumentException if a system property of this library is malformed
     */
    @SuppressWarnings("deprecation") // the setters are, without a replacement
    public static synchronized void install() throws IOException {
        if (installed)
            return;
        VsockSocketImplFactory factory = new VsockSocketImplFactory();
        SocketImplFactory another = SocketImpls.of(MethodHandles.lookup()).clientFactory();
        if (another != null)
            throw new SocketException("another socket factory is set already: " + another.getClass().getName());
        try {
            ServerSocket.setSocketFactory(factory);
        } catch (SocketException e) {
            throw (IOException) new SocketException("another server socket factory is set already").initCause(e);
        }
        Socket.setSocketImplFactory(factory);
        installed = true;
        CaughtSockets.add(CaughtSockets.Kind.PLAIN);
    }

    /**
     * Creates the implementation of one socket. {@code java.net} calls this, and the result fits the calling class.
     *
     * @return an undecided implementation
     */
    @Override
    public SocketImpl createSocketImpl() {
        Kind kind = callers.walk(frames -> frames.filter(VsockSocketImplFactory::isOfSockets).findFirst()
            .map(VsockSocketImplFactory::kindFor).orElse(Kind.CLIENT));
        return new DeferredSocketImpl(kind, VsockSelectorProvider.instance());
    }

    private static boolean isOfSockets(StackFrame caller) {
        return caller.getDeclaringClass() == Socket.class || caller.getDeclaringClass() == ServerSocket.class;
    }

    /**
     * A server socket asks for its own, and for those of what it accepts; {@code Socket(Proxy)} asks for NO_PROXY only.
     */
    private static Kind kindFor(StackFrame caller) {
        if (caller.getDeclaringClass() == ServerSocket.class)
            return caller.getMethodName().equals("implAccept") ? Kind.DIRECT_CLIENT : Kind.SERVER;
        return caller.getMethodType().parameterList().contains(Proxy.class) ? Kind.DIRECT_CLIENT : Kind.CLIENT;
    }
}
