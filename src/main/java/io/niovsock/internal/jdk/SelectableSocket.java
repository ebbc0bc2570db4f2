// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import sun.nio.ch.Net;
import sun.nio.ch.SelChImpl;
import sun.nio.ch.SelectionKeyImpl;

/**
 * A channel that the JDK's own selectors can select together with the JDK's channels. It translates events of poll(2)
 * into operations of {@link java.nio.channels.SelectionKey}.
 */
public interface SelectableSocket extends SelChImpl {
    /** The operations of {@code interest} that the events make ready, as far as the channel's state allows them. */
    int readyOps(int events, int interest);

    /** The operations that an error or a hang-up makes ready: by default, all of {@code interest}. */
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
        // the next operation meets the error or hang-up; data may still be queued before it
        boolean broken = (events & (Net.POLLERR | Net.POLLHUP)) != 0;
        int ready = broken ? readyOpsOfBroken(interest) : initialOps | readyOps(events, interest);
        key.nioReadyOps(ready);
        return (ready & ~before) != 0;
    }
}
