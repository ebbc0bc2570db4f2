// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.deferred;

import io.niovsock.internal.jdk.Descriptors;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelectionKey;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * A selector that never selects. It keeps a closed channel from releasing its descriptor. Selectors know a deferred
 * channel, but not its delegate; the delegate would consider itself unregistered, and close its descriptor under the
 * selectors. So the delegate is registered here meanwhile. It is registered here during a connect, too, since a failed
 * connect closes it.
 */
final class DescriptorHold extends AbstractSelector {
    private final AbstractSelectableChannel held;
    private final SelectionKey key;

    /**
     * @param held a channel in non-blocking mode, which may become blocking while it is held
     * @throws ClosedChannelException if the channel is closed already
     */
    DescriptorHold(AbstractSelectableChannel held) throws ClosedChannelException {
        super(held.provider());
        this.held = held;
        this.key = held.register(this, 0);
        key.cancel(); // invalid, but the channel keeps it until the release
    }

    /** Releases the descriptor of a closed channel. */
    void release() throws IOException {
        drop();
        Descriptors.kill(held);
    }

    /** Ends the hold of an open channel. */
    void drop() {
        deregister((AbstractSelectionKey) key);
    }

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
        return new AbstractSelectionKey() {
            @Override
            public SelectableChannel channel() {
                return channel;
            }

            @Override
            public Selector selector() {
                return DescriptorHold.this;
            }

            @Override
            public int interestOps() {
                return 0;
            }

            @Override
            public SelectionKey interestOps(int none) {
                return this;
            }

            @Override
            public int readyOps() {
                return 0;
            }
        };
    }

    @Override
    protected void implCloseSelector() { }

    @Override
    public Set<SelectionKey> keys() {
        return Set.of(key);
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        return Set.of();
    }

    @Override
    public int selectNow() {
        return 0;
    }

    @Override
    public int select(long timeout) {
        return 0;
    }

    @Override
    public int select() {
        return 0;
    }

    @Override
    public Selector wakeup() {
        return this;
    }
}
