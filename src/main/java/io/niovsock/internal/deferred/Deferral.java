// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.deferred;

import io.niovsock.internal.channel.Origin;
import io.niovsock.internal.channel.VsockSocketChannel;
import io.niovsock.internal.jdk.ChannelStreams;
import io.niovsock.internal.jdk.Descriptors;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.options.RecordedOptions;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.Set;

/**
 * The delegate of a deferred channel, {@code target}. It is the platform's channel until the first address decides.
 * Then that channel stays for good, or a vsock channel replaces it.
 *
 * <p> The platform's channel is opened when something needs it. If the channel is decided before, no socket of TCP or
 * UDP is created; over AF_UNIX, opening and closing one takes as long as the rest of a connection.
 *
 * <p> Selectors know a channel by the number of its descriptor. So a vsock socket takes over the number of the
 * platform's channel. That channel stays referenced as the owner of the number, and closes it in the end. Options,
 * blocking mode and registrations made before are carried over.
 *
 * <p> An instance is also the lock of its state.
 */
final class Deferral<C extends AbstractSelectableChannel & NetworkChannel> {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    /** Opens the platform's channel. */
    public interface Opener<C> {
        C open() throws IOException;
    }

    /** Makes the vsock channel of a socket, whose number the platform's channel may own. */
    interface Factory<C> {
        C create(Origin origin) throws IOException;
    }

    /** An operation on the delegate. */
    interface Operation<C, T> {
        T on(C target) throws IOException;
    }

    private final AbstractSelectableChannel outer;
    private final Opener<C> opener;

    // Lock order: the outer channel's blockingLock(), which registrations and changes of blocking mode hold, then this.
    // A stream made by java.nio.channels.Channels reads under the first, so close must not wait for it.

    // -- guarded by this

    private volatile C target; // null: nothing has needed it yet
    private volatile boolean decided;
    private RecordedOptions options; // null once decided
    private DescriptorHold hold;
    private boolean killed;

    // -- end of what is guarded by this

    private ChannelStreams streams; // of TCP, guarded by the outer channel's blockingLock(); null: none was used

    Deferral(AbstractSelectableChannel outer, RecordedOptions.Kind kind, Opener<C> opener) {
        this.outer = outer;
        this.opener = opener;
        this.options = new RecordedOptions(kind);
    }

    /**
     * The delegate, for methods that declare no exception. If it cannot be opened, this is a closed channel, which
     * gives the same answers to these methods.
     *
     * @throws UncheckedIOException if this system does not have such channels at all
     */
    C target() {
        try {
            return opened();
        } catch (IOException noDescriptorLeft) {
            try {
                return closedOne();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private C closedOne() throws IOException {
        return (C) ClosedChannels.like(outer);
    }

    /** The delegate, opened now if nothing has needed it before. */
    C opened() throws IOException {
        C opened = target;
        if (opened != null)
            return opened;
        synchronized (this) {
            if (target == null) {
                if (!outer.isOpen())
                    return closedOne(); // throws the platform's exceptions of a closed channel
                target = opener.open();
            }
            return target;
        }
    }

    /** The local address, or null. Without a delegate the channel is not bound, so this opens none. */
    SocketAddress localAddress() throws IOException {
        C opened = target;
        return opened == null && outer.isOpen() ? null : opened().getLocalAddress();
    }

    /** Whether the channel is bound but still undecided. */
    boolean isBoundUndecided() throws IOException {
        C opened = target;
        return !decided && opened != null && opened.getLocalAddress() != null;
    }

    boolean isDecided() {
        return decided;
    }

    /**
     * Runs an operation that an undecided channel refuses. If the calling thread is interrupted, the platform's channel
     * closes itself, and with it the number. The decision for vsock re-uses the number, so it must happen before or
     * after, not meanwhile.
     */
    <T> T refusedWhileUndecided(Operation<C, T> operation) throws IOException {
        if (!decided) {
            synchronized (this) {
                if (!decided)
                    return operation.on(opened());
            }
        }
        return operation.on(target);
    }

    /** The streams of a connection. An undecided channel has none. */
    ChannelStreams streams() {
        assert decided && Thread.holdsLock(outer.blockingLock());
        if (target instanceof VsockSocketChannel vsock)
            return vsock.streams(outer);
        if (streams == null)
            streams = new PlatformStreams(outer, (SocketChannel) target);
        return streams;
    }

    /** Sets the timeout of the delegate's socket, now and after the decision. */
    void setSoTimeout(int millis) throws IOException {
        synchronized (this) {
            setTimeout(opened(), millis);
            if (!decided)
                options.recordTimeout(millis);
        }
    }

    private static void setTimeout(NetworkChannel channel, int millis) throws IOException {
        if (channel instanceof SocketChannel connection)
            connection.socket().setSoTimeout(millis);
        else if (channel instanceof ServerSocketChannel listener)
            listener.socket().setSoTimeout(millis);
        else
            ((DatagramChannel) channel).socket().setSoTimeout(millis);
    }

    /** Decides for the platform's channel, unless the program relies on an option that only vsock has. */
    void decideForPlatform() throws IOException {
        if (decided)
            return;
        synchronized (this) {
            opened();
            if (target == null)
                return; // closed: nothing to decide any more
            if (!decided)
                options.requireNoFilter();
            decided = true;
            options = null;
        }
    }

    /**
     * Decides for vsock, if the channel is undecided. Closes the channel if it cannot take over everything that was set
     * before.
     */
    void decideForVsock(Transport transport, int type, Factory<C> factory) throws IOException {
        if (decided)
            return;
        try {
            synchronized (outer.blockingLock()) {
                lockedDecideForVsock(transport, type, factory);
            }
        } catch (IOException | RuntimeException e) {
            if (decided)
                outer.close();
            throw e;
        }
    }

    private void lockedDecideForVsock(Transport transport, int type, Factory<C> factory) throws IOException {
        try {
            synchronized (this) {
                if (decided)
                    return;
                ensureOpen();
                takeOver(transport, type, factory);
            }
        } finally {
            if (decided && outer.isRegistered())
                NATIVES.reregister(outer);
        }
    }

    private void takeOver(Transport transport, int type, Factory<C> factory) throws IOException {
        if (target != null && !target.isOpen())
            throw new ClosedChannelException(); // by an interrupt: its number may belong to another file
        int socket = transport.socket(type);
        C platform = target;
        target = factory.create(Origin.made(transport, platform == null ? socket : onto(platform, socket), type,
            platform, outer));
        try {
            if (platform != null) {
                if (hold != null)
                    moveHold();
                target.configureBlocking(outer.isBlocking());
            }
            options.replayOn(target);
            if (options.timeoutMillis() != 0)
                setTimeout(target, options.timeoutMillis());
        } catch (IOException | RuntimeException e) {
            target.close(); // nothing else may use it without what was set
            throw e;
        } finally {
            decided = true; // last: from here on, other threads use the target without the lock
            options = null;
        }
    }

    /** Re-points the number of the platform's channel at the socket, and returns it. */
    private static int onto(SelectableChannel platform, int socket) throws IOException {
        int fd = Descriptors.numberOf(platform);
        try {
            int result = NATIVES.duplicateOnto(socket, fd);
            if (result < 0)
                throw Errno.failed(-result, "become a vsock channel");
            return fd;
        } finally {
            NATIVES.close(socket);
        }
    }

    /**
     * A selector has yet to process a cancelled key: from now on, the vsock channel's descriptor must be held for it.
     */
    private void moveHold() throws IOException {
        target.configureBlocking(false);
        DescriptorHold moved = new DescriptorHold(target);
        hold.release();
        hold = moved;
    }

    <T> void setOption(SocketOption<T> option, T value) throws IOException {
        if (!decided) {
            synchronized (this) {
                if (!decided) {
                    options.set(option, value, (o, v) -> opened().setOption(o, v));
                    ensureOpen();
                    return;
                }
            }
        }
        target.setOption(option, value);
    }

    <T> T getOption(SocketOption<T> option) throws IOException {
        if (!decided) {
            synchronized (this) {
                if (!decided) {
                    T value = options.get(option, o -> opened().getOption(o));
                    ensureOpen();
                    return value;
                }
            }
        }
        return target.getOption(option);
    }

    private void ensureOpen() throws ClosedChannelException {
        if (!outer.isOpen())
            throw new ClosedChannelException();
    }

    Set<SocketOption<?>> supportedOptions() {
        if (!decided) {
            synchronized (this) {
                if (!decided)
                    return options.supported(target().supportedOptions());
            }
        }
        return target.supportedOptions();
    }

    /** Called under the outer channel's blockingLock(), so no decision is in progress. */
    void configureBlocking(boolean blocking) throws IOException {
        if (blocking)
            holdWhileRegistered(); // keys may be cancelled, but not yet removed from their selector
        opened().configureBlocking(blocking);
    }

    /** Closes the delegate of the closed outer channel. While a selector knows the number, it must not be reused. */
    void close() throws IOException {
        holdWhileRegistered();
        synchronized (this) {
            if (target == null)
                return;
        }
        target.close();
        if (!outer.isRegistered())
            kill(); // the selector that it was held for has deregistered it since
    }

    /** Holds the delegate's descriptor if a selector knows it; returns whether this call did so. */
    private boolean holdWhileRegistered() {
        synchronized (this) {
            if (!outer.isRegistered() || hold != null || killed || target.isBlocking() || !target.isOpen())
                return false;
            try {
                hold = new DescriptorHold(target);
                return true;
            } catch (ClosedChannelException byAFailedConnect) {
                return false;
            }
        }
    }

    /** A step of a connect. */
    interface ConnectStep<C> {
        boolean on(C target) throws IOException;
    }

    /**
     * Runs a step of a connect. A failed step closes the delegate; while selectors know its number, it must not be
     * reused.
     */
    boolean connect(ConnectStep<C> step) throws IOException {
        C opened = opened();
        boolean held = holdWhileRegistered();
        try {
            return step.on(opened);
        } finally {
            if (held)
                dropHoldWhileOpen();
        }
    }

    private void dropHoldWhileOpen() {
        synchronized (this) {
            if (hold != null && outer.isOpen() && target.isOpen()) {
                hold.drop();
                hold = null;
            }
        }
    }

    /** Called when no selector knows the closed outer channel any more. */
    void kill() throws IOException {
        DescriptorHold released;
        synchronized (this) {
            killed = true;
            released = hold;
            hold = null;
        }
        if (released != null)
            released.release();
    }

    /**
     * Closes the outer channel if the delegate is closed: an interrupt or a failed connect closes only the delegate.
     */
    void closeIfTargetClosed() throws IOException {
        C opened = target;
        if (opened != null && !opened.isOpen())
            outer.close();
    }

    /** The delegate's {@code toString()}; {@code fresh} is the state of a channel without a delegate. */
    String describe(String fresh) {
        C opened = target;
        return opened != null ? opened.toString()
            : outer.getClass().getSuperclass().getName() + '[' + (outer.isOpen() ? fresh : "closed") + ']';
    }
}
