// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import java.io.IOException;

/** A listener that hears attached guests. It is told under {@link AttachedGuests#lock}. */
public interface GuestObserver {
    void attached(AttachedGuest guest) throws IOException;

    /** The guest may be one that the listener was never told of. */
    void detached(AttachedGuest guest);
}
