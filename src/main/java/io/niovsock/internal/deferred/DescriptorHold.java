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
 * Keeps a closed channel from giving its descriptor back. A deferred channel is what selectors know; the channel behind
 * it would take itself for unregistered and close its descriptor under them. So it is registered here for that time, and
 * while it tries to connect, since it closes itself if that fails: a selector that never selects.
 */
final class DescriptorHold extends AbstractSelector {
    private final AbstractSelectableChannel held;
    private final SelectionKey key;

    /**
     * @param held a channel in non-blocking mode, which may become blocking while it is held
     * @throws ClosedChannelException if there is nothing left to hold
     */
    DescriptorHold(AbstractSelectableChannel held) throws ClosedChannelException {
        super(held.provider());
        this.held = held;
        this.key = held.register(this, 0);
        key.cancel(); // invalid, but the channel has it until the release
    }

    /** Lets the descriptor of a closed channel go. */
    void release() throws IOException {
        drop();
        Descriptors.kill(held);
    }

    /** Holds no longer what is open. */
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
