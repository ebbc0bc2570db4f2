// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import io.niovsock.internal.options.RecordedOptions;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.NetworkChannel;
import java.util.Set;

/**
 * The channel to which a deferred channel delegates. It is the platform's until the first address decides. Then that
 * channel stays for good, or a vsock channel replaces it. The platform's channel is opened at once, since the group
 * must know of it.
 */
final class Undecided<C extends AsynchronousChannel & NetworkChannel> {
    private final ChannelGroup group;

    // -- guarded by this

    private volatile C target;
    private volatile boolean decided;
    private RecordedOptions options; // null once decided

    // -- end of what is guarded by this

    Undecided(ChannelGroup group, RecordedOptions.Kind kind, C platform) {
        this.group = group;
        this.options = new RecordedOptions(kind);
        this.target = platform;
    }

    /** Makes a vsock channel. */
    interface Factory<C> {
        C create() throws IOException;
    }

    C target() {
        return target;
    }

    boolean isDecided() {
        return decided;
    }

    /** Decides for the platform's channel, unless it is decided, or the program relies on an option of vsock. */
    synchronized void decideForPlatform() throws SocketException {
        if (!decided)
            options.requireNoFilter();
        decided = true;
        options = null;
    }

    /** Decides for vsock, unless the channel is decided or closed. */
    synchronized void decideForVsock(Factory<C> factory) throws IOException {
        if (decided || !target.isOpen())
            return;
        C vsock = factory.create();
        boolean completed = false;
        try {
            options.replayOn(vsock);
            C platform = target;
            target = vsock;
            completed = group.join(vsock, platform);
        } finally {
            if (!completed)
                vsock.close();
        }
        decided = true;
        options = null;
    }

    <T> void setOption(SocketOption<T> option, T value) throws IOException {
        if (!decided) {
            synchronized (this) {
                if (!decided) {
                    options.set(option, value, (o, v) -> target.setOption(o, v));
                    return;
                }
            }
        }
        target.setOption(option, value);
    }

    <T> T getOption(SocketOption<T> option) throws IOException {
        if (!decided) {
            synchronized (this) {
                if (!decided)
                    return options.get(option, o -> target.getOption(o));
            }
        }
        return target.getOption(option);
    }

    Set<SocketOption<?>> supportedOptions() {
        if (!decided) {
            synchronized (this) {
                if (!decided)
                    return options.supported(target.supportedOptions());
            }
        }
        return target.supportedOptions();
    }

    /** Closes the channel. A decision happens before that, or finds a closed channel. */
    synchronized void close() throws IOException {
        target.close();
    }
}
