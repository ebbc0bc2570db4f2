// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.LibraryClasses;
import io.niovsock.internal.natives.Natives;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.net.SocketImplFactory;
import java.net.SocketOption;
import java.util.Set;

import static java.lang.invoke.MethodType.methodType;

/**
 * The methods of a {@code SocketImpl} that only {@code java.net} and subclasses may call, and the platform's own
 * implementations. {@code native/handles.c} lists the members of {@code java.net} that this needs.
 */
public final class SocketImpls {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private static Throwable missing; // the first member that this JDK does not have

    private static final MethodHandle NEW_PLATFORM = member("createPlatformSocketImpl");
    private static final MethodHandle NEW_SOCKS = asSocketImpl(member("SocksSocketImpl"));
    private static final MethodHandle CLIENT_FACTORY = memberOrNull("socketImplFactory"); // its setter is deprecated
    private static final MethodHandle SERVER_FACTORY = memberOrNull("serverSocketFactory");

    private static final MethodHandle CREATE = member("create");
    private static final MethodHandle CONNECT = member("connect");
    private static final MethodHandle BIND = member("bind");
    private static final MethodHandle LISTEN = member("listen");
    private static final MethodHandle ACCEPT = member("accept");
    private static final MethodHandle INPUT_STREAM = member("getInputStream");
    private static final MethodHandle OUTPUT_STREAM = member("getOutputStream");
    private static final MethodHandle AVAILABLE = member("available");
    private static final MethodHandle SHUTDOWN_INPUT = member("shutdownInput");
    private static final MethodHandle SHUTDOWN_OUTPUT = member("shutdownOutput");
    private static final MethodHandle CLOSE = member("close");
    private static final MethodHandle SUPPORTS_URGENT_DATA = member("supportsUrgentData");
    private static final MethodHandle SEND_URGENT_DATA = member("sendUrgentData");
    private static final MethodHandle FILE_DESCRIPTOR = member("getFileDescriptor");
    private static final MethodHandle INET_ADDRESS = member("getInetAddress");
    private static final MethodHandle PORT = member("getPort");
    private static final MethodHandle LOCAL_PORT = member("getLocalPort");
    private static final MethodHandle SET_OPTION = member("setOption");
    private static final MethodHandle GET_OPTION = member("getOption");
    private static final MethodHandle SUPPORTED_OPTIONS = member("supportedOptions");

    private static final SocketImpls INSTANCE = new SocketImpls();

    private SocketImpls() { }

    /**
     * The instance, for classes of this library.
     *
     * @param caller the calling class's {@code MethodHandles.lookup()}
     * @throws IllegalCallerException if that is not a class of this library
     */
    public static SocketImpls of(MethodHandles.Lookup caller) {
        LibraryClasses.require(caller);
        return INSTANCE;
    }

    /**
     * Makes sure that this JDK has all members that this class uses.
     *
     * @throws LinkageError at each call, if it does not
     */
    public static void initialize() {
        if (missing != null)
            throw new LinkageError("this JDK lacks a member of java.net that nio-vsock needs: " + missing.getMessage(),
                missing);
    }

    /** Returns null if this JDK does not have the member; {@link #initialize} then throws at every call. */
    private static MethodHandle member(String name) {
        try {
            return find(name);
        } catch (ReflectiveOperationException | LinkageError e) {
            if (missing == null)
                missing = e;
            return null;
        }
    }

    private static MethodHandle memberOrNull(String name) {
        try {
            return find(name);
        } catch (ReflectiveOperationException | LinkageError e) {
            return null;
        }
    }

    private static MethodHandle find(String name) throws ReflectiveOperationException {
        Natives.initialize();
        return NATIVES.jdkMember(name);
    }

    /** The constructor of a class that cannot be named here. */
    private static MethodHandle asSocketImpl(MethodHandle constructor) {
        return constructor == null ? null : constructor.asType(methodType(SocketImpl.class, SocketImpl.class));
    }

    /** Creates the platform's implementation that {@code new ServerSocket()} has if no factory is set. */
    public SocketImpl newServerImpl() {
        return newPlatformImpl(true);
    }

    /** Creates the platform's implementation that an accepted socket and {@code new Socket(Proxy.NO_PROXY)} have. */
    public SocketImpl newDirectImpl() {
        return newPlatformImpl(false);
    }

    private SocketImpl newPlatformImpl(boolean server) {
        try {
            return (SocketImpl) NEW_PLATFORM.invokeExact(server);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /**
     * Creates the platform's implementation that {@code new Socket()} has if no factory is set: it uses a SOCKS proxy
     * if one is set.
     */
    public SocketImpl newClientImpl() {
        try {
            return (SocketImpl) NEW_SOCKS.invokeExact(newDirectImpl());
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** The argument of {@code Socket.setSocketImplFactory}, or null. */
    public SocketImplFactory clientFactory() {
        return factory(CLIENT_FACTORY);
    }

    /** The argument of {@code ServerSocket.setSocketFactory}, or null. */
    public SocketImplFactory serverFactory() {
        return factory(SERVER_FACTORY);
    }

    private static SocketImplFactory factory(MethodHandle getter) {
        try {
            return getter == null ? null : (SocketImplFactory) getter.invokeExact();
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    public void create(SocketImpl impl, boolean stream) throws IOException {
        try {
            CREATE.invokeExact(impl, stream);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public void connect(SocketImpl impl, SocketAddress remote, int timeoutMillis) throws IOException {
        try {
            CONNECT.invokeExact(impl, remote, timeoutMillis);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public void bind(SocketImpl impl, InetAddress host, int port) throws IOException {
        try {
            BIND.invokeExact(impl, host, port);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public void listen(SocketImpl impl, int backlog) throws IOException {
        try {
            LISTEN.invokeExact(impl, backlog);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public void accept(SocketImpl impl, SocketImpl accepted) throws IOException {
        try {
            ACCEPT.invokeExact(impl, accepted);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public InputStream inputStream(SocketImpl impl) throws IOException {
        try {
            return (InputStream) INPUT_STREAM.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public OutputStream outputStream(SocketImpl impl) throws IOException {
        try {
            return (OutputStream) OUTPUT_STREAM.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public int available(SocketImpl impl) throws IOException {
        try {
            return (int) AVAILABLE.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public void shutdownInput(SocketImpl impl) throws IOException {
        try {
            SHUTDOWN_INPUT.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public void shutdownOutput(SocketImpl impl) throws IOException {
        try {
            SHUTDOWN_OUTPUT.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public void close(SocketImpl impl) throws IOException {
        try {
            CLOSE.invokeExact(impl);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public boolean supportsUrgentData(SocketImpl impl) {
        try {
            return (boolean) SUPPORTS_URGENT_DATA.invokeExact(impl);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    public void sendUrgentData(SocketImpl impl, int data) throws IOException {
        try {
            SEND_URGENT_DATA.invokeExact(impl, data);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    public FileDescriptor fileDescriptor(SocketImpl impl) {
        try {
            return (FileDescriptor) FILE_DESCRIPTOR.invokeExact(impl);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    public InetAddress inetAddress(SocketImpl impl) {
        try {
            return (InetAddress) INET_ADDRESS.invokeExact(impl);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    public int port(SocketImpl impl) {
        try {
            return (int) PORT.invokeExact(impl);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    public int localPort(SocketImpl impl) {
        try {
            return (int) LOCAL_PORT.invokeExact(impl);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    public <T> void setOption(SocketImpl impl, SocketOption<T> option, T value) throws IOException {
        try {
            SET_OPTION.invokeExact(impl, (SocketOption<?>) option, (Object) value);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    @SuppressWarnings("unchecked")
    public <T> T getOption(SocketImpl impl, SocketOption<T> option) throws IOException {
        try {
            return (T) (Object) GET_OPTION.invokeExact(impl, (SocketOption<?>) option);
        } catch (Throwable e) {
            throw thrown(e);
        }
    }

    @SuppressWarnings("unchecked")
    public Set<SocketOption<?>> supportedOptions(SocketImpl impl) {
        try {
            return (Set<SocketOption<?>>) (Set<?>) SUPPORTED_OPTIONS.invokeExact(impl);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Rethrows the exception of a method that may throw an {@code IOException}; never returns. */
    private static IOException thrown(Throwable e) throws IOException {
        if (e instanceof IOException io)
            throw io;
        throw unchecked(e);
    }

    private static RuntimeException unchecked(Throwable e) {
        if (e instanceof Error error)
            throw error;
        if (e instanceof RuntimeException runtime)
            return runtime;
        throw new AssertionError("no method of a SocketImpl declares this", e);
    }
}
