package io.niovsock.internal.jdk;

import sun.nio.ch.Net;
import sun.nio.ch.SelChImpl;
import sun.nio.ch.SelectionKeyImpl;

/**
 * What a channel implements to be selected by the JDK's own selectors, together with their own channels: events of
 * poll(2) in, operations of {@link java.nio.channels.SelectionKey} out.
 */
public interface SelectableSocket extends SelChImpl {
    /** The operations that the events make ready: those of {@code interest}, where the channel's state allows them. */
    int readyOps(int events, int interest);

    /** The operations that an error or a hang-up makes ready: all of {@code interest}, unless there is more to it. */
    default int readyOpsOfBroken(int interest) {
        return interest;
    }

    @Override
    default boolean translateAndUpdateReadyOps(int events, SelectionKeyImpl key) {
        return translate(events, key.nioReadyOps(), key);
    }

    @Override
    default boolean translateAndSetReadyOps(int events, SelectionKeyImpl key) {
        return translate(events, 0, key);
    }

    private boolean translate(int events, int initialOps, SelectionKeyImpl key) {
        if ((events & Net.POLLNVAL) != 0)
            return false; // closed in the meantime
        int interest = key.nioInterestOps();
        int before = key.nioReadyOps();
        // an error or a hang-up shows itself in whatever the program tries next: data may still be queued before it
        boolean broken = (events & (Net.POLLERR | Net.POLLHUP)) != 0;
        int ready = broken ? readyOpsOfBroken(interest) : initialOps | readyOps(events, interest);
        key.nioReadyOps(ready);
        return (ready & ~before) != 0;
    }
}
