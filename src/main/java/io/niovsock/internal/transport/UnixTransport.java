// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;

/** A transport over AF_UNIX sockets: what the emulation and hybrid vsock have in common. */
abstract class UnixTransport extends Transport {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    UnixTransport() {
        super(Constants.AF_UNIX);
    }

    /** AF_UNIX resets the peer of a socket that is closed with bytes unread. A monitor may take that for an error. */
    @Override
    public final void end(int fd, boolean selected) {
        NATIVES.endEmulated(fd, selected);
    }

    /** No host is in between. */
    @Override
    public final boolean isToHost(int fd, boolean requested) {
        return requested;
    }

    @Override
    public final TransportOptions settings(int fd) {
        return new EmulatedOptions(fd);
    }

    @Override
    public final TransportOptions inheritedSettings(int fd, TransportOptions listener) throws IOException {
        return new EmulatedOptions(fd, listener);
    }

    @Override
    public final boolean isSendingRecordsBlocking() {
        return false;
    }

    @Override
    public final boolean isSendfileFast() {
        return true;
    }
}
