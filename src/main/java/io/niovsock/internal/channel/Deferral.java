package io.niovsock.internal.channel;

import io.niovsock.internal.jdk.Descriptors;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.Transport;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a deferred channel has behind it: the platform's channel, until the first address decides; then that one for good,
 * or a vsock channel in its place.
 *
 * <p> Selectors know a channel by the number of its descriptor. So a vsock socket takes over the number of the platform's
 * channel, which stays referenced as the owner of the number, and closes it in the end. Options, blocking mode and
 * registrations made before are carried over.
 */
final class Deferral<C extends AbstractSelectableChannel & NetworkChannel> {
    /** Makes the vsock channel for a number that the platform's channel owns. */
    interface Factory<C> {
        C create(Transport transport, int fd, Closeable owner);
    }

    private final AbstractSelectableChannel outer;

    // Lock order: the outer channel's blockingLock(), which registrations and changes of blocking mode hold, then stateLock.
    // A stream made by java.nio.channels.Channels reads under the first, so close must not wait for it.
    private final Object stateLock = new Object();

    // -- guarded by stateLock

    private volatile C target;
    private volatile boolean decided;
    private Map<SocketOption<?>, Object> optionsSet = new LinkedHashMap<>(0); // null once decided
    private DescriptorHold hold;
    private boolean killed;

    // -- end of what is guarded by stateLock

    Deferral(AbstractSelectableChannel outer, C platform) {
        this.outer = outer;
        this.target = platform;
    }

    C target() {
        return target;
    }

    boolean isDecided() {
        return decided;
    }

    /** From now on the channel is the platform's. */
    void decideForPlatform() {
        if (decided)
            return;
        synchronized (stateLock) {
            decided = true;
            optionsSet = null;
        }
    }

    /** From now on the channel is vsock, if it was undecided. */
    void decideForVsock(Transport transport, int type, Factory<C> factory) throws IOException {
        if (decided)
            return;
        synchronized (outer.blockingLock()) {
            synchronized (stateLock) {
                if (decided)
                    return;
                if (!outer.isOpen())
                    throw new ClosedChannelException();
                takeOver(transport, type, factory);
            }
            if (outer.isRegistered())
                Natives.reregister(outer);
        }
    }

    private void takeOver(Transport transport, int type, Factory<C> factory) throws IOException {
        C platform = target;
        int fd = Descriptors.numberOf(platform);
        int socket = transport.socket(type);
        try {
            int result = Natives.duplicateOnto(socket, fd);
            if (result < 0)
                throw Errno.failed(-result, "become a vsock channel");
        } finally {
            Natives.close(socket);
        }
        C vsock = factory.create(transport, fd, platform);
        target = vsock;
        decided = true;
        vsock.configureBlocking(outer.isBlocking());
        Map<SocketOption<?>, Object> options = optionsSet;
        optionsSet = null;
        for (Map.Entry<SocketOption<?>, Object> entry : options.entrySet())
            carryOver(vsock, entry.getKey(), entry.getValue());
    }

    /** Options that vsock has not, such as those of TCP's timers, have no meaning here: legacy code sets them unasked. */
    @SuppressWarnings("unchecked")
    private static <T> void carryOver(NetworkChannel vsock, SocketOption<T> option, Object value) throws IOException {
        if (vsock.supportedOptions().contains(option))
            vsock.setOption(option, (T) value);
    }

    <T> void setOption(SocketOption<T> option, T value) throws IOException {
        if (!decided) {
            synchronized (stateLock) {
                if (!decided) {
                    if (!isForVsockOnly(option, value))
                        target.setOption(option, value);
                    optionsSet.put(option, value);
                    return;
                }
            }
        }
        target.setOption(option, value);
    }

    @SuppressWarnings("unchecked")
    <T> T getOption(SocketOption<T> option) throws IOException {
        if (!decided) {
            synchronized (stateLock) {
                if (!decided && isForVsockOnly(option, optionsSet.get(option)))
                    return (T) optionsSet.get(option);
            }
        }
        return target.getOption(option);
    }

    /** An undecided channel takes options of vsock too; one that becomes the platform's forgets them. */
    private boolean isForVsockOnly(SocketOption<?> option, Object value) {
        return value != null && outer.isOpen() && SocketOptions.STREAM.contains(option) && !target.supportedOptions().contains(option);
    }

    /** Called under the outer channel's blockingLock(), so no decision is under way. */
    void configureBlocking(boolean blocking) throws IOException {
        if (blocking)
            holdWhileRegistered(); // keys that are cancelled, but still with their selector
        target.configureBlocking(blocking);
    }

    /** The outer channel is closed. While a selector knows its descriptor, that must not become another's. */
    void close() throws IOException {
        holdWhileRegistered();
        target.close();
        if (!outer.isRegistered())
            kill(); // what was held for a selector that has forgotten it since
    }

    private void holdWhileRegistered() throws ClosedChannelException {
        synchronized (stateLock) {
            if (outer.isRegistered() && hold == null && !killed && !target.isBlocking() && target.isOpen())
                hold = new DescriptorHold(target);
        }
    }

    /** No selector knows the closed outer channel any more. */
    void kill() throws IOException {
        DescriptorHold released;
        synchronized (stateLock) {
            killed = true;
            released = hold;
            hold = null;
        }
        if (released != null)
            released.release();
    }

    /** An interrupt or a failed connect closes only the channel behind: the one that the program holds follows. */
    void closeIfTargetClosed() throws IOException {
        if (!target.isOpen())
            outer.close();
    }
}
