// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Natives;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The members that this library uses of the JDK beyond its API, in Java and in native code. If a JDK lacks one,
 * channels are the platform's own, and {@link #check} names it. Members of {@code java.net} are looked up by
 * {@link SocketImpls} and {@link DatagramPackets}; those of groups, which a JDK may lack, by {@link GroupPort}.
 */
public final class JdkInternals {
    /**
     * One member a line: its class, name, and descriptor as {@code javap -s} prints it; the same on JDK 17, 21, 25, 27
     * and 28-ea.
     */
    private static final String[][] USED = {
        { "java/io/FileDescriptor", "fd", "I" },
        { "java/nio/channels/spi/AbstractSelectableChannel", "keys", "[Ljava/nio/channels/SelectionKey;" },
        { "java/nio/channels/spi/AbstractSelectableChannel", "keyLock", "Ljava/lang/Object;" },
        { "sun/nio/ch/DefaultAsynchronousChannelProvider", "create",
            "()Ljava/nio/channels/spi/AsynchronousChannelProvider;" },
        { "sun/nio/ch/DefaultSelectorProvider", "get", "()Lsun/nio/ch/SelectorProviderImpl;" },
        { "sun/nio/ch/DirectBuffer", "address", "()J" },
        { "sun/nio/ch/EPollSelectorImpl", "<init>", "(Ljava/nio/channels/spi/SelectorProvider;)V" },
        { "sun/nio/ch/EPollSelectorImpl", "epfd", "I" },
        { "sun/nio/ch/EPollSelectorImpl", "updateLock", "Ljava/lang/Object;" },
        { "sun/nio/ch/Net", "POLLERR", "S" },
        { "sun/nio/ch/Net", "POLLHUP", "S" },
        { "sun/nio/ch/Net", "POLLNVAL", "S" },
        { "sun/nio/ch/PipeImpl", "<init>", "(Ljava/nio/channels/spi/SelectorProvider;)V" },
        { "sun/nio/ch/SelChImpl", "park", "(IJ)V" },
        { "sun/nio/ch/SelectionKeyImpl", "getFDVal", "()I" },
        { "sun/nio/ch/SelectionKeyImpl", "nioInterestOps", "()I" },
        { "sun/nio/ch/SelectionKeyImpl", "nioReadyOps", "()I" },
        { "sun/nio/ch/SelectionKeyImpl", "nioReadyOps", "(I)V" },
        { "sun/nio/ch/SelectionKeyImpl", "registeredEvents", "(I)V" },
        { "sun/nio/ch/SelectorImpl", "inSelect", "Z" },
        { "sun/nio/ch/SelectorImpl", "setEventOps", "(Lsun/nio/ch/SelectionKeyImpl;)V" },
        { "sun/nio/ch/ServerSocketChannelImpl", "<init>", "(Ljava/nio/channels/spi/SelectorProvider;)V" },
        { "sun/nio/ch/Util", "getTemporaryDirectBuffer", "(I)Ljava/nio/ByteBuffer;" },
        { "sun/nio/ch/Util", "releaseTemporaryDirectBuffer", "(Ljava/nio/ByteBuffer;)V" },
    };

    /** The interface that this library's channels implement. If a JDK adds a method to it, they lack that method. */
    private static final String IMPLEMENTED = "sun.nio.ch.SelChImpl";
    private static final Set<String> IMPLEMENTED_METHODS = Set.of("getFD()Ljava/io/FileDescriptor;", "getFDVal()I",
        "translateAndUpdateReadyOps(ILsun/nio/ch/SelectionKeyImpl;)Z",
            "translateAndSetReadyOps(ILsun/nio/ch/SelectionKeyImpl;)Z",
        "translateInterestOps(I)I", "kill()V");

    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private JdkInternals() { }

    /**
     * Makes sure that this JDK has all members. The native library must be loaded.
     *
     * @throws ReflectiveOperationException with the names of all missing members
     */
    public static void check() throws ReflectiveOperationException {
        List<String> missing = new ArrayList<>();
        for (String[] member : USED)
            if (!NATIVES.hasMember(member[0], member[1], member[2]))
                missing.add(member[0].replace('/', '.') + '.' + member[1] + ' ' + member[2]);
        for (Method method : Class.forName(IMPLEMENTED, false, null).getDeclaredMethods())
            if (Modifier.isAbstract(method.getModifiers()) && !IMPLEMENTED_METHODS.contains(signature(method)))
                missing.add("an implementation of " + method);
        if (!missing.isEmpty())
            throw new ReflectiveOperationException(lacking(String.join(", ", missing)));
    }

    private static String signature(Method method) {
        StringBuilder signature = new StringBuilder(method.getName()).append('(');
        for (Class<?> parameter : method.getParameterTypes())
            signature.append(parameter.descriptorString());
        return signature.append(')').append(method.getReturnType().descriptorString()).toString();
    }

    /** The message for a JDK that does not have a member. */
    public static String lacking(String member) {
        return "nio-vsock does not support this JDK (" + Runtime.version() + "): it lacks " + member;
    }

    /**
     * Makes sure that this library can see the classes at all. A class loader may hide packages of the JDK from the
     * classes that it loads, as the class loaders of OSGi's bundles do. Call it before the native library is loaded,
     * which looks for them.
     */
    public static void requireVisible() throws ClassNotFoundException {
        ClassLoader own = JdkInternals.class.getClassLoader();
        try {
            Class.forName(IMPLEMENTED, false, own);
        } catch (ClassNotFoundException e) {
            throw new ClassNotFoundException("the class loader of nio-vsock (" + own.getClass().getName()
                + ") hides sun.nio.ch from it (in OSGi, set org.osgi.framework.bootdelegation=sun.nio.ch)", e);
        }
    }
}
