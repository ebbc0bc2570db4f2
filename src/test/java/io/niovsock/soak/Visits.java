// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.io.IOException;

/** Short connections of one kind to a listener of its own. For one thread. */
interface Visits extends AutoCloseable {
    /** The number of connections of one kind until it is another's turn. */
    int TURN = 16;

    /** Connects, moves a tag one way and its complement the other way, and closes; returns whether both were right. */
    boolean visit(long tag) throws Exception;

    @Override
    void close() throws IOException;
}
