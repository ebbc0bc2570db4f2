// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * An object for a forged stream. The test replaces its class name by that of {@code VsockSocketAddress}, which has the
 * same length. The forged stream then has an additional field, through which a program reaches the object as it was
 * before {@code readResolve} replaced it.
 */
final class SelfHolder extends InetSocketAddress {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // an array, whose only element is serializable
    final Object[] self = { this };

    SelfHolder(InetAddress ip, int port) {
        super(ip, port);
    }
}
