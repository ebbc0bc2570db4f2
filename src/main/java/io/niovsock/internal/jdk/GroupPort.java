// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.LibraryClasses;
import io.niovsock.internal.natives.Natives;

import java.io.Closeable;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.concurrent.Executor;

import static java.lang.invoke.MethodType.methodType;

/**
 * The port of a group of the platform: an epoll instance, which the threads of the group poll in turn. One thread waits
 * in it. When that thread has got events, another thread takes its place, and the first one handles an event itself.
 * So an operation that has waited costs no hand-over to a further thread.
 *
 * <p> The interface that the port calls is not public. A {@link Proxy} implements it, in the package of the interface.
 */
public final class GroupPort {
    /** A socket, as the port calls it. */
    public interface PolledSocket extends Closeable {
        /**
         * Called in a thread of the group, once for each {@link GroupPort#startPoll}.
         *
         * @param events those of poll(2)
         * @param callsHandlers if the thread belongs to the pool; only the threads of the pool call handlers
         */
        void onEvents(int events, boolean callsHandlers);

        /** Called when the group closes its channels. Must unregister the number. */
        @Override
        void close() throws IOException;
    }

    private static final String PROXIED = "sun.nio.ch.Port$PollableChannel";

    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private static final MethodHandle GROUP = memberOrNull("group");
    private static final MethodHandle REGISTER = memberOrNull("register");
    private static final MethodHandle UNREGISTER = memberOrNull("unregister");
    private static final MethodHandle START_POLL = memberOrNull("startPoll");

    /** The classes of the port and of its channels; null: this JDK has no such port. */
    private static final Class<?> PORT = isKnown() ? REGISTER.type().parameterType(0) : null;
    private static final Class<?> CHANNEL = isKnown() ? REGISTER.type().parameterType(2) : null;

    private static final MethodHandle GET_GROUP = isKnown()
        ? GROUP.asType(methodType(Object.class, AsynchronousSocketChannel.class)) : null;
    private static final MethodHandle REGISTER_ANY = isKnown()
        ? REGISTER.asType(methodType(void.class, Object.class, int.class, Object.class)) : null;
    private static final MethodHandle UNREGISTER_ANY = isKnown()
        ? UNREGISTER.asType(methodType(void.class, Object.class, int.class)) : null;
    private static final MethodHandle START_POLL_ANY = isKnown()
        ? START_POLL.asType(methodType(void.class, Object.class, int.class, int.class)) : null;

    private final Object port;

    private GroupPort(Object port) {
        this.port = port;
    }

    private static MethodHandle memberOrNull(String name) {
        Natives.initialize();
        try {
            return NATIVES.jdkMember(name);
        } catch (ReflectiveOperationException | LinkageError e) {
            return null;
        }
    }

    private static boolean isKnown() {
        return GROUP != null && REGISTER != null && UNREGISTER != null && START_POLL != null
            && REGISTER.type().parameterType(2).getName().equals(PROXIED);
    }

    /**
     * The port of a group, for classes of this library. The native library must be loaded.
     *
     * @param caller the calling class's {@code MethodHandles.lookup()}
     * @return null if this JDK does not have the members that this class uses
     * @throws IllegalCallerException if that is not a class of this library
     */
    public static GroupPort ofOrNull(MethodHandles.Lookup caller, AsynchronousChannelGroup platform) {
        LibraryClasses.require(caller);
        return isPort(platform) ? new GroupPort(platform) : null;
    }

    /** Like {@link #ofOrNull(MethodHandles.Lookup, AsynchronousChannelGroup)}, for the group of a channel. */
    public static GroupPort ofOrNull(MethodHandles.Lookup caller, AsynchronousSocketChannel member) {
        LibraryClasses.require(caller);
        if (PORT == null || !GROUP.type().parameterType(0).isInstance(member))
            return null;
        try {
            Object group = GET_GROUP.invokeExact(member);
            return isPort(group) ? new GroupPort(group) : null;
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    private static boolean isPort(Object group) {
        return PORT != null && PORT.isInstance(group) && group instanceof Executor;
    }

    /**
     * Adds a socket. The group does not terminate before it is removed.
     *
     * @throws ShutdownChannelGroupException if the group is shut down
     */
    public void register(int fd, PolledSocket socket) {
        try {
            REGISTER_ANY.invokeExact(port, fd, channel(socket));
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Removes a socket. Its number is not closed yet. */
    public void unregister(int fd) {
        try {
            UNREGISTER_ANY.invokeExact(port, fd);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /**
     * Waits for events of a registered socket, instead of those that it waits for already. The port reports them once.
     *
     * @throws AssertionError if the kernel refuses that
     */
    public void startPoll(int fd, int events) {
        try {
            START_POLL_ANY.invokeExact(port, fd, events);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Lets a thread of the group's pool run a task. */
    public void execute(Runnable task) {
        ((Executor) port).execute(task);
    }

    private static Object channel(PolledSocket socket) {
        return Proxy.newProxyInstance(CHANNEL.getClassLoader(), new Class<?>[] { CHANNEL },
            (proxy, method, arguments) -> call(socket, proxy, method, arguments));
    }

    private static Object call(PolledSocket socket, Object proxy, Method method, Object[] arguments)
        throws IOException {

        switch (method.getName()) {
            case "onEvent" -> socket.onEvents((int) arguments[0], (boolean) arguments[1]);
            case "close" -> socket.close();
            case "hashCode" -> {
                return System.identityHashCode(proxy);
            }
            case "equals" -> {
                return proxy == arguments[0];
            }
            default -> {
                return socket.toString();
            }
        }
        return null;
    }

    /** The methods of the port throw no checked exception. */
    private static RuntimeException unchecked(Throwable e) {
        if (e instanceof Error error)
            throw error;
        return (RuntimeException) e;
    }
}
