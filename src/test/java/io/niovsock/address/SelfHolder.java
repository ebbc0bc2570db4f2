package io.niovsock.address;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Written to a stream in which its name is then replaced by that of {@code VsockSocketAddress}, which has as many
 * letters: an address with a field more, through which the object is reached as it was read, before it was replaced by another.
 */
final class SelfHolder extends InetSocketAddress {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // of an array whose only element can be written
    final Object[] self = { this };

    SelfHolder(InetAddress ip, int port) {
        super(ip, port);
    }
}
