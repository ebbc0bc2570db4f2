// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.agent;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.internal.agent.CallRedirection.Callee;
import io.niovsock.internal.deferred.DeferredDatagramChannel;
import io.niovsock.internal.jdk.DatagramSockets;
import io.niovsock.internal.jdk.SocketImpls;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.net.DeferredSocketImpl;
import io.niovsock.internal.net.DeferredSocketImpl.Kind;

import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.net.DatagramSocket;
import java.net.MulticastSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketImplFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import static java.lang.invoke.MethodType.methodType;

/**
 * Makes the sockets of {@code java.net} undecided where no factory can: in the classes {@code Socket},
 * {@code ServerSocket}, {@code DatagramSocket} and {@code MulticastSocket}, the calls of the methods that make the
 * platform's implementation become calls of {@link SocketHooks}. Nothing else of these classes changes.
 *
 * <p> The calls are the same on JDK 17, 21, 25, 27 and 28-ea, but those of {@link #sockets}, which begin with JDK 21.
 */
final class SocketRedirection {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private static final SocketImpls IMPLS = SocketImpls.of(MethodHandles.lookup());

    private static final String HOOKS = SocketRedirection.class.getPackageName().replace('.', '/') + "/SocketHooks";
    private static final String SOCKET = "java/net/Socket";
    private static final String IMPL = "Ljava/net/SocketImpl;";
    private static final String DELEGATE = "(Ljava/net/SocketAddress;Ljava/lang/Class;)Ljava/net/DatagramSocket;";

    /** The classes of {@code java.net} that have been read and changed, but not defined yet. */
    private final List<ClassDefinition> changed = new ArrayList<>();
    private final Instrumentation instrumentation;
    private CallRedirection socket; // which two redirections may concern

    SocketRedirection(Instrumentation instrumentation) {
        this.instrumentation = instrumentation;
    }

    /** Redirects {@code new Socket()} and {@code new ServerSocket()}, as {@code VsockSocketImplFactory} would. */
    SocketRedirection sockets() throws IOException {
        if (Runtime.version().feature() < 21)
            throw new IOException("only JDK 21 and later can redirect Socket and ServerSocket (leave out =redirect)");
        require(socket(), new Callee(SOCKET, "createImpl", "()" + IMPL), "newClientImpl");
        CallRedirection server = read(ServerSocket.class);
        require(server, new Callee("java/net/ServerSocket", "createImpl", "()" + IMPL), "newServerImpl");
        require(server, new Callee(SOCKET, "socketImplFactory", "()Ljava/net/SocketImplFactory;"), "acceptedFactory");
        change(ServerSocket.class, server);
        return this;
    }

    /** Redirects {@code new Socket(Proxy)}, for which {@code java.net} asks no factory. */
    SocketRedirection proxiedSockets() throws IOException {
        require(socket(), new Callee("java/net/SocketImpl", "createPlatformSocketImpl", "(Z)" + IMPL),
            "newProxiedImpl");
        correctAssertion();
        return this;
    }

    /** An assertion of the implementations with a proxy has it that they delegate to one of the platform's. */
    private void correctAssertion() throws IOException {
        Class<?> delegating;
        try {
            delegating = Class.forName("java.net.DelegatingSocketImpl", false, null);
        } catch (ClassNotFoundException e) {
            return; // nor is there the assertion
        }
        if (!delegating.desiredAssertionStatus())
            return;
        CallRedirection redirection = read(delegating);
        redirection.rename("sun/net/PlatformSocketImpl", "java/net/SocketImpl");
        change(delegating, redirection);
    }

    /** Redirects {@code DatagramSocket} and {@code MulticastSocket}. */
    SocketRedirection datagramSockets() throws IOException {
        if (!DatagramSockets.isDelegateReplaceable())
            throw new IOException("this JDK's DatagramSocket has no delegate");
        for (Class<?> type : List.of(DatagramSocket.class, MulticastSocket.class)) {
            CallRedirection redirection = read(type);
            require(redirection, new Callee(type.getName().replace('.', '/'), "createDelegate", DELEGATE),
                "newDelegate");
            redirection.rename("sun/nio/ch/DatagramSocketAdaptor", "java/net/MulticastSocket"); // in an assertion
            change(type, redirection);
        }
        return this;
    }

    private CallRedirection socket() throws IOException {
        if (socket == null)
            socket = read(Socket.class);
        return socket;
    }

    private static CallRedirection read(Class<?> type) throws IOException {
        String file = type.getSimpleName() + ".class";
        try (InputStream in = type.getResourceAsStream(file)) {
            if (in == null)
                throw new IOException("this JVM does not show the class file of " + type.getName());
            return new CallRedirection(in.readAllBytes());
        } catch (IllegalArgumentException e) {
            throw new IOException(type.getName() + ": " + e.getMessage(), e);
        }
    }

    private static void require(CallRedirection redirection, Callee from, String hook) throws IOException {
        if (!redirection.redirect(from, HOOKS, hook))
            throw new IOException("this JDK's java.net does not call " + from.owner().replace('/', '.') + '.'
                + from.name());
    }

    private void change(Class<?> type, CallRedirection redirection) {
        changed.add(new ClassDefinition(type, redirection.toBytes()));
    }

    /** Makes the changes, all or none. */
    void apply() throws IOException {
        if (socket != null)
            change(Socket.class, socket);
        try {
            Class<?> hooks = defineHooks();
            setHooks(hooks);
            letCall(Socket.class.getModule(), hooks.getModule());
            instrumentation.redefineClasses(changed.toArray(new ClassDefinition[0]));
        } catch (ReflectiveOperationException | LinkageError | UnsupportedOperationException
            | UnmodifiableClassException e) {
            throw new IOException("the classes of java.net cannot be changed: " + e, e);
        }
    }

    private void letCall(Module caller, Module called) {
        instrumentation.redefineModule(caller, Set.of(called), Map.of(), Map.of(), Set.of(), Map.of());
    }

    private Class<?> defineHooks() throws IOException {
        try (InputStream in = SocketRedirection.class.getResourceAsStream("SocketHooks.class")) {
            if (in == null)
                throw new IOException("the jar of nio-vsock lacks SocketHooks.class");
            Natives.initialize();
            Class<?> hooks = NATIVES.defineBootClass(instrumentation, HOOKS, in.readAllBytes());
            if (hooks == null)
                throw new IOException("not the Instrumentation of this JVM: " + instrumentation);
            return hooks;
        }
    }

    /** Sets the methods of {@link SocketHooks}, not of the copy that this class's loader would find. */
    private static void setHooks(Class<?> hooks) throws ReflectiveOperationException {
        Method set = Arrays.stream(hooks.getMethods()).filter(method -> method.getName().equals("set")).findFirst()
            .orElseThrow(() -> new NoSuchMethodException("SocketHooks.set"));
        set.invoke(null,
            (Supplier<SocketImpl>) () -> ofFactoryOr(IMPLS.clientFactory(), Kind.CLIENT),
            (Supplier<SocketImpl>) () -> ofFactoryOr(IMPLS.serverFactory(), Kind.SERVER),
            (Supplier<SocketImpl>) () -> undecided(Kind.DIRECT_CLIENT),
            (SocketImplFactory) SocketRedirection::newAccepted,
            MethodHandles.lookup().findStatic(SocketRedirection.class, "newDelegate",
                methodType(DatagramSocket.class, SocketAddress.class, Class.class)));
    }

    /** As in the JDK, the factory of clients is asked only if the server socket is of a factory as well. */
    private static SocketImpl newAccepted() {
        return IMPLS.serverFactory() == null ? undecided(Kind.DIRECT_CLIENT)
            : ofFactoryOr(IMPLS.clientFactory(), Kind.DIRECT_CLIENT);
    }

    /** A factory that the program has set comes first, as in the JDK. */
    private static SocketImpl ofFactoryOr(SocketImplFactory factory, Kind kind) {
        return factory != null ? factory.createSocketImpl() : undecided(kind);
    }

    private static SocketImpl undecided(Kind kind) {
        return new DeferredSocketImpl(kind, VsockSelectorProvider.instance());
    }

    /** JDK 17 has a property for another implementation. */
    private static boolean isPlainAskedFor() {
        if (Runtime.version().feature() != 17)
            return false;
        String plain = System.getProperty("jdk.net.usePlainDatagramSocketImpl");
        return plain != null && (plain.isEmpty() || plain.equalsIgnoreCase("true"));
    }

    /** Makes what a datagram socket delegates to. A factory that the program has set comes first, as in the JDK. */
    @SuppressWarnings("UnusedMethod") // it is found by its name
    private static DatagramSocket newDelegate(SocketAddress local, Class<?> type) throws SocketException {
        if (local == DatagramSockets.noDelegate() || DatagramSockets.hasFactory() || isPlainAskedFor())
            return DatagramSockets.createDelegate(local, type);
        DatagramSocket delegate = newDatagramSocket();
        try {
            if (type == MulticastSocket.class)
                delegate.setReuseAddress(true);
            if (local != null)
                delegate.bind(local);
            enableBroadcast(delegate);
            return delegate;
        } catch (SocketException | RuntimeException e) {
            delegate.close();
            throw e;
        }
    }

    /** As in the JDK, a system that refuses this has datagram sockets nevertheless. */
    private static void enableBroadcast(DatagramSocket socket) {
        try {
            socket.setBroadcast(true);
        } catch (SocketException refused) {
            // a program that needs it asks for it again
        }
    }

    private static DatagramSocket newDatagramSocket() throws SocketException {
        try {
            return DeferredDatagramChannel.ofJavaNet(VsockSelectorProvider.instance()).socket();
        } catch (SocketException e) {
            throw e;
        } catch (IOException e) {
            throw (SocketException) new SocketException(e.getMessage()).initCause(e);
        }
    }
}
