// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSelectorProvider;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelectionKey;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/** A selector that only has keys, so that channels with the same number can all be registered. */
final class KeySelector extends AbstractSelector {
    static final KeySelector INSTANCE = new KeySelector();

    private KeySelector() {
        super(VsockSelectorProvider.instance());
    }

    private static final class Key extends AbstractSelectionKey {
        private final AbstractSelectableChannel channel;

        Key(AbstractSelectableChannel channel) {
            this.channel = channel;
        }

        @Override
        public SelectableChannel channel() {
            return channel;
        }

        @Override
        public Selector selector() {
            return INSTANCE;
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
    }

    /** Removes the key from its channel. */
    void forget(SelectionKey key) {
        deregister((AbstractSelectionKey) key);
    }

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
        return new Key(channel);
    }

    @Override
    protected void implCloseSelector() { }

    @Override
    public Set<SelectionKey> keys() {
        return Set.of();
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
