// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.net;

import io.niovsock.VsockPeers;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** A listener at an {@link Endpoint}. Closing it deletes the file of a Unix socket. */
public final class Listening implements Closeable {
    private final Endpoint endpoint;
    private final ServerSocketChannel channel;
    private final SocketFile file; // null unless it is a Unix socket

    private Listening(Endpoint endpoint, ServerSocketChannel channel, SocketFile file) {
        this.endpoint = endpoint;
        this.channel = channel;
        this.file = file;
    }

    /**
     * Listens.
     *
     * @param endpoint where
     * @param backlog how many connections wait until they are accepted
     * @param mode the mode of the file of a Unix socket; null for that of the umask
     * @return the listener, in blocking mode
     */
    public static Listening at(Endpoint endpoint, int backlog, Set<PosixFilePermission> mode) throws IOException {
        return at(endpoint, backlog, mode, false, null);
    }

    /**
     * Like {@link #at(Endpoint, int, Set)}, for streams of records if {@code records}.
     *
     * @param from the peers to accept; null for every one. Only vsock has CIDs
     */
    public static Listening at(Endpoint endpoint, int backlog, Set<PosixFilePermission> mode, boolean records,
                               VsockPeers from) throws IOException {
        SocketAddress address = endpoint.listenAddress();
        ServerSocketChannel channel = VsockSelectorProvider.instance().openServerSocketChannel(
            records ? VsockProtocolFamily.VSOCK_SEQPACKET : endpoint.family(address));
        try {
            if (from != null)
                channel.setOption(VsockSocketOptions.ACCEPT_FROM, from);
            if (endpoint.kind() == Endpoint.Kind.UNIX)
                return new Listening(endpoint, channel, SocketFile.bind(channel, endpoint.path(), backlog, mode));
            if (endpoint.kind() == Endpoint.Kind.TCP)
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            bind(channel, endpoint, address, backlog);
            return new Listening(endpoint, channel, null);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void bind(ServerSocketChannel channel, Endpoint endpoint, SocketAddress address, int backlog)
            throws IOException {
        try {
            channel.bind(address, backlog);
        } catch (IOException e) {
            throw new IOException("cannot listen at " + endpoint + ": " + e.getMessage(), e);
        }
    }

    /** The channel. */
    public ServerSocketChannel channel() {
        return channel;
    }

    /** The endpoint as it was written. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** The endpoint with the port that was chosen, if it was written as any port. */
    @Override
    public String toString() {
        try {
            SocketAddress local = channel.getLocalAddress();
            if (local instanceof VsockSocketAddress || local == null)
                return String.valueOf(local == null ? endpoint : local);
            return local instanceof InetSocketAddress inet ? text(inet) : endpoint.toString();
        } catch (IOException closed) {
            return endpoint.toString();
        }
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return "tcp:" + (address.getAddress().isAnyLocalAddress() ? "any" : host.indexOf(':') < 0 ? host
            : '[' + host + ']') + ':' + address.getPort();
    }

    /** {@inheritDoc} */
    @Override
    public void close() throws IOException {
        try {
            if (file != null)
                file.delete();
        } finally {
            channel.close();
        }
    }
}
