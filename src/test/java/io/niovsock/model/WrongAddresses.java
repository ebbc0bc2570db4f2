// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Addresses that no socket takes. */
final class WrongAddresses {
    static final SocketAddress UNRESOLVED = InetSocketAddress.createUnresolved("nowhere.invalid", 1);

    static final SocketAddress OF_OTHER_TYPE = new SocketAddress() {
        private static final long serialVersionUID = 1;
    };

    private WrongAddresses() { }
}
