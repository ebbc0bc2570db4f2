// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.address;

/** What a program does with an address; a rule may hold for one of them only. */
public enum Use {
    /** Connects to it, or sends a datagram there. */
    CONNECT,

    /** Binds to it. */
    BIND;

    /** The word of a rule. */
    public String word() {
        return this == CONNECT ? "connect" : "bind";
    }
}
