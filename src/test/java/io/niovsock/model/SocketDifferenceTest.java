// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;

/** Sockets of the library's factories. */
class SocketDifferenceTest extends SocketProperties {
    SocketDifferenceTest() {
        super(VsockSocketFactory.getDefault(), VsockServerSocketFactory.getDefault(),
            VsockSocketAddress.local(VsockSocketAddress.PORT_ANY));
    }
}
