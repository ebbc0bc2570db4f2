// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import io.niovsock.internal.transport.AttachedGuest;
import io.niovsock.internal.transport.AttachedGuests;

import java.lang.invoke.MethodHandles;
import java.nio.file.Path;

/**
 * A guest that a program has attached by {@link Vsock#attach}. Closing it detaches the guest. Safe for use by several
 * threads.
 *
 * @since 0.1
 */
public final class VsockGuest implements AutoCloseable {
    private final AttachedGuest guest;

    VsockGuest(AttachedGuest guest) {
        this.guest = guest;
    }

    /** {@return the CID of the guest, 3 to 2^32-2} */
    public long getCid() {
        return guest.cid();
    }

    /** {@return the AF_UNIX socket of the guest's virtual machine monitor} */
    public Path getSocket() {
        return guest.socket();
    }

    /**
     * Detaches the guest. Connections with it stay as they are. Listeners no longer hear the guest, and the files that
     * they have made for it are removed. A second close has no effect.
     */
    @Override
    public void close() {
        AttachedGuests.detach(MethodHandles.lookup(), guest);
    }

    /** {@return the CID and the path, for people} */
    @Override
    public String toString() {
        return guest.toString();
    }
}
