// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

/** The two streams of one end of a connection: what it sends, and what it receives. Both ends move as many bytes. */
record Conversation(Outgoing outgoing, Incoming incoming) {
    static Conversation of(long bytes, boolean direct) {
        return new Conversation(new Outgoing(bytes, direct), new Incoming(bytes, direct));
    }
}
