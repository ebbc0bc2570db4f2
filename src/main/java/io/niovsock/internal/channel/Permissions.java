// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;

/**
 * Asks the security manager, if there is one (before JDK 24), for the same permissions as TCP needs: the vsock-mapped
 * address is the host, and {@code getPort()} the port.
 */
@SuppressWarnings("removal") // security managers are deprecated; without one, asking costs nothing
final class Permissions {
    private Permissions() { }

    static void checkConnect(VsockSocketAddress remote) {
        SecurityManager manager = System.getSecurityManager();
        if (manager != null)
            manager.checkConnect(host(remote), remote.getPort());
    }

    /** For every bind, as in the platform's channels. */
    static void checkListen(VsockSocketAddress local) {
        SecurityManager manager = System.getSecurityManager();
        if (manager != null)
            manager.checkListen(local.getPort());
    }

    static void checkAccept(VsockSocketAddress peer) {
        SecurityManager manager = System.getSecurityManager();
        if (manager != null)
            manager.checkAccept(host(peer), peer.getPort());
    }

    static boolean areManaged() {
        return System.getSecurityManager() != null;
    }

    /** As {@link #checkAccept}, for a datagram that is dropped rather than refused. */
    static boolean mayAccept(VsockSocketAddress sender) {
        try {
            checkAccept(sender);
            return true;
        } catch (SecurityException e) {
            return false;
        }
    }

    private static String host(VsockSocketAddress endpoint) {
        return endpoint.getAddress().getHostAddress();
    }
}
