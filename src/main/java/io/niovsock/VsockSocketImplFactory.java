package io.niovsock;

import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.jdk.SocketImpls;
import io.niovsock.internal.provider.Availability;
import io.niovsock.internal.net.DeferredSocketImpl;
import io.niovsock.internal.net.DeferredSocketImpl.Kind;

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
 * Lets plain {@code new Socket()} and {@code new ServerSocket()} reach vsock, beside TCP. {@link #install()} does so for the
 * whole JVM, as the agent does ({@link VsockAgent}):
 *
 * <pre>{@code
 * VsockSocketImplFactory.install();
 * Socket socket = new Socket();
 * socket.connect(VsockSocketAddress.of(VsockSocketAddress.CID_HOST, 5000), 2000);
 * }</pre>
 *
 * <p> A socket is undecided until it is bound or connected. A {@link VsockSocketAddress} makes it vsock; so does, in
 * {@code connect}, any other address that channels take for vsock too ({@link VsockSelectorProvider#explain}). Any other
 * address makes it TCP: all that it does then, the platform's own implementation does, through a SOCKS proxy where one is
 * set. {@code java.net} hands the address of a {@code bind} on without its type, so there every vsock-mapped Internet
 * address counts as vsock; {@code io.niovsock.mapped} is about connections, which an answer of the DNS could direct.
 *
 * <p> For the same reason {@code getRemoteSocketAddress()} and its like give a plain {@code InetSocketAddress}, which is
 * equal to the endpoint's {@code VsockSocketAddress}; {@link VsockSocketAddress#ofMapped} reads it.
 *
 * <p> Sockets made before the installation stay TCP for good, and so do those made with an explicit proxy,
 * {@code new Socket(Proxy)}: one that is told to connect to a vsock endpoint takes it for the mapped IPv6 address, and
 * the kernel refuses that with "Network is unreachable".
 *
 * <p> Over vsock, as over TCP, an interrupt is noticed by virtual threads only, and a {@code close} by another thread ends a
 * blocked operation with a {@code SocketException}. There is no urgent data.
 *
 * <p> Safe for use by several threads.
 */
public final class VsockSocketImplFactory implements SocketImplFactory {
    private static boolean installed; // guarded by the class

    private final StackWalker callers = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

    /**
     * For {@link Socket#setSocketImplFactory} and {@link ServerSocket#setSocketFactory}, of which both must be given one.
     *
     * @throws IOException if the native library cannot be loaded, saying why, or this JDK is not known to this library
     * @throws IllegalArgumentException if {@code io.niovsock.map} has a rule that cannot be read
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
     * Makes sockets and server sockets of this JVM reach vsock, from now on. Does nothing where it has been done.
     *
     * @throws SocketException if another factory is set already, of sockets or of server sockets; nothing is changed then
     * @throws IOException if the native library cannot be loaded, saying why, or this JDK is not known to this library
     * @throws IllegalArgumentException if {@code io.niovsock.map} has a rule that cannot be read
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
    }

    /** For {@code java.net}: what is made fits the class that asks. */
    @Override
    public SocketImpl createSocketImpl() {
        Kind kind = callers.walk(frames -> frames.filter(VsockSocketImplFactory::isOfSockets).findFirst()
            .map(VsockSocketImplFactory::kindFor).orElse(Kind.CLIENT));
        return new DeferredSocketImpl(kind, VsockSelectorProvider.instance());
    }

    private static boolean isOfSockets(StackFrame caller) {
        return caller.getDeclaringClass() == Socket.class || caller.getDeclaringClass() == ServerSocket.class;
    }

    /** A server socket asks for its own, and for those of what it accepts; {@code Socket(Proxy)} asks for NO_PROXY only. */
    private static Kind kindFor(StackFrame caller) {
        if (caller.getDeclaringClass() == ServerSocket.class)
            return caller.getMethodName().equals("implAccept") ? Kind.DIRECT_CLIENT : Kind.SERVER;
        return caller.getMethodType().parameterList().contains(Proxy.class) ? Kind.DIRECT_CLIENT : Kind.CLIENT;
    }
}
