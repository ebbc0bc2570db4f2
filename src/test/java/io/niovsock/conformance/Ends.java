// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import java.io.IOException;

/** The two ends of a connection: the one that a test is about, and its peer. */
record Ends(End subject, End peer) implements AutoCloseable {
    Ends swapped() {
        return new Ends(peer, subject);
    }

    @Override
    public void close() throws IOException {
        try {
            subject.close();
        } finally {
            peer.close();
        }
    }
}
