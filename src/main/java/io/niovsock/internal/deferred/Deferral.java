package io.niovsock.internal.deferred;

import io.niovsock.internal.jdk.Descriptors;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.options.RecordedOptions;
import io.niovsock.internal.transport.Transport;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.Set;

/**
 * What a deferred channel has behind it: the platform's channel, until the first address decides; then that one for good,
 * or a vsock channel in its place.
 *
 * <p> The platform's channel is opened when something needs it: one that is decided before is spared a socket of TCP or
 * UDP, which takes as long to open and close as the rest of a connection over AF_UNIX.
 *
 * <p> Selectors know a channel by the number of its descriptor. So a vsock socket takes over the number of the platform's
 * channel, which stays referenced as the owner of the number, and closes it in the end. Options, blocking mode and
 * registrations made before are carried over.
 */
final class Deferral<C extends AbstractSelectableChannel & NetworkChannel> {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    /** Opens the platform's channel. */
    public interface Opener<C> {
        C open() throws IOException;
    }

    /** Makes the vsock channel for a number that the platform's channel owns, or itself where {@code owner} is null. */
    interface Factory<C> {
        C create(Transport transport, int fd, Closeable owner);
    }

    /** Sets the timeout of the socket of a channel. */
    interface TimeoutSetter<C> {
        void set(C channel, int timeoutMillis) throws IOException;
    }

    /** What may be done to a channel that is undecided, or be decided. */
    interface Operation<C, T> {
        T on(C target) throws IOException;
    }

    private final AbstractSelectableChannel outer;
    private final Opener<C> opener;
    private final TimeoutSetter<C> timeoutSetter;

    // Lock order: the outer channel's blockingLock(), which registrations and changes of blocking mode hold, then stateLock.
    // A stream made by java.nio.channels.Channels reads under the first, so close must not wait for it.
    private final Object stateLock = new Object();

    // -- guarded by stateLock

    private volatile C target; // null: nothing has needed it yet
    private volatile boolean decided;
    private RecordedOptions options; // null once decided
    private int timeoutMillis; // of the channel's socket, set while undecided
    private DescriptorHold hold;
    private boolean killed;

    // -- end of what is guarded by stateLock

    Deferral(AbstractSelectableChannel outer, RecordedOptions.Kind kind, Opener<C> opener,
             TimeoutSetter<C> timeoutSetter) {
        this.outer = outer;
        this.opener = opener;
        this.timeoutSetter = timeoutSetter;
        this.options = new RecordedOptions(kind);
    }

    /**
     * The channel behind, for methods that declare no failure: if it cannot be opened, one that is closed answers the same.
     *
     * @throws UncheckedIOException if this system has no such channels at all
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

    /** The channel behind, which is opened now if nothing has needed it before. */
    C opened() throws IOException {
        C opened = target;
        if (opened != null)
            return opened;
        synchronized (stateLock) {
            if (target == null) {
                if (!outer.isOpen())
                    return closedOne(); // it refuses, in its own words, what is asked of a closed channel
                target = opener.open();
            }
            return target;
        }
    }

    /** Where the channel is bound, or null. One that nothing has needed yet is not, and has no need of a descriptor to say so. */
    SocketAddress localAddress() throws IOException {
        C opened = target;
        return opened == null && outer.isOpen() ? null : opened().getLocalAddress();
    }

    /** Whether it is still open which channel this becomes, and it has an address nonetheless. */
    boolean isBoundUndecided() throws IOException {
        C opened = target;
        return !decided && opened != null && opened.getLocalAddress() != null;
    }

    boolean isDecided() {
        return decided;
    }

    /**
     * Does what an undecided channel refuses. The platform's channel closes itself where the calling thread is
     * interrupted, and with it the number: the decision, by which that becomes a vsock socket's, must come before or
     * after.
     */
    <T> T refusedWhileUndecided(Operation<C, T> operation) throws IOException {
        if (!decided) {
            synchronized (stateLock) {
                if (!decided)
                    return operation.on(opened());
            }
        }
        return operation.on(target);
    }

    /** Sets the timeout of the channel's socket, and of the socket that takes its place. */
    void setSoTimeout(int millis) throws IOException {
        synchronized (stateLock) {
            timeoutSetter.set(opened(), millis);
            timeoutMillis = millis;
        }
    }

    /** From now on the channel is the platform's. */
    void decideForPlatform() throws IOException {
        if (decided)
            return;
        synchronized (stateLock) {
            opened();
            if (target == null)
                return; // closed: there is nothing to decide any more
            decided = true;
            options = null;
        }
    }

    /** From now on the channel is vsock, if it was undecided. It is closed if it cannot take over all that was set before. */
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
            synchronized (stateLock) {
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
            throw new ClosedChannelException(); // by an interrupt: its number is another's
        int socket = transport.socket(type);
        C platform = target;
        RecordedOptions recorded = options;
        if (platform == null) {
            become(factory.create(transport, socket, null));
        } else {
            become(factory.create(transport, onto(platform, socket), platform));
            if (hold != null)
                moveHold();
            target.configureBlocking(outer.isBlocking());
        }
        recorded.replayOn((option, value) -> carryOver(target, (SocketOption<?>) option, value));
        if (timeoutMillis != 0)
            timeoutSetter.set(target, timeoutMillis);
    }

    /** The number of the platform's channel, which stands for the socket from now on. */
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

    private void become(C vsock) {
        target = vsock;
        decided = true;
        options = null;
    }

    /** What a selector that has yet to see a cancelled key must not lose is, from now on, the end of the vsock channel. */
    private void moveHold() throws IOException {
        target.configureBlocking(false);
        DescriptorHold moved = new DescriptorHold(target);
        hold.release();
        hold = moved;
    }

    /** Options that vsock does not have, such as those of TCP's timers, are dropped: much code sets them by habit. */
    @SuppressWarnings("unchecked")
    private static <T> void carryOver(NetworkChannel vsock, SocketOption<T> option, Object value) throws IOException {
        if (vsock.supportedOptions().contains(option))
            vsock.setOption(option, (T) value);
    }

    <T> void setOption(SocketOption<T> option, T value) throws IOException {
        if (!decided) {
            synchronized (stateLock) {
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
            synchronized (stateLock) {
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
            synchronized (stateLock) {
                if (!decided)
                    return options.supported(target().supportedOptions());
            }
        }
        return target.supportedOptions();
    }

    /** Called under the outer channel's blockingLock(), so no decision is under way. */
    void configureBlocking(boolean blocking) throws IOException {
        if (blocking)
            holdWhileRegistered(); // keys that are cancelled, but still with their selector
        opened().configureBlocking(blocking);
    }

    /** The outer channel is closed. While a selector knows its descriptor, that must not become another's. */
    void close() throws IOException {
        holdWhileRegistered();
        synchronized (stateLock) {
            if (target == null)
                return;
        }
        target.close();
        if (!outer.isRegistered())
            kill(); // what was held for a selector that has forgotten it since
    }

    /** Whether the channel behind is held since now. */
    private boolean holdWhileRegistered() {
        synchronized (stateLock) {
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

    /** What a connecting channel does next. */
    interface ConnectStep<C> {
        boolean on(C target) throws IOException;
    }

    /** A step that fails closes the channel behind, whose number selectors know: it must not become another's at once. */
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
        synchronized (stateLock) {
            if (hold != null && outer.isOpen() && target.isOpen()) {
                hold.drop();
                hold = null;
            }
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
        C opened = target;
        if (opened != null && !opened.isOpen())
            outer.close();
    }

    /** What the channel behind says of itself; {@code fresh} is the state of one that is not opened yet. */
    String describe(String fresh) {
        C opened = target;
        return opened != null ? opened.toString()
            : outer.getClass().getSuperclass().getName() + '[' + (outer.isOpen() ? fresh : "closed") + ']';
    }
}
