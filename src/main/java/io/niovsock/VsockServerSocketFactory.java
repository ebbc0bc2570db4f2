// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.net.FactoryServerSocket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import javax.net.ServerSocketFactory;

/**
 * Creates server sockets that become TCP or vsock by the address that they are bound to, for code that takes a
 * {@link ServerSocketFactory}. Other sockets of the JVM stay as they are; {@link VsockSocketImplFactory} changes those.
 *
 * <p> A factory with an endpoint binds each of its server sockets to that endpoint, whatever address the server socket
 * is given; port 0 of an endpoint is a free port.
 *
 * <p> Vsock server sockets of this factory, and the sockets that they accept, report {@link VsockSocketAddress}es. In
 * everything else they behave as {@link VsockSocketImplFactory} says. Safe for use by several threads.
 *
 * @since 0.1
 */
public final class VsockServerSocketFactory extends ServerSocketFactory {
    private static final VsockServerSocketFactory DEFAULT = new VsockServerSocketFactory();
    private static final int DEFAULT_BACKLOG = 0; // java.net then takes its own

    private final VsockSocketAddress endpoint; // null: the address that the server socket is given

    static {
        JvmProvider.bypassed();
    }

    /** Creates server sockets that listen at the address that they are given. */
    public VsockServerSocketFactory() {
        endpoint = null;
    }

    /**
     * Creates server sockets that listen at an endpoint, whatever address they are given.
     *
     * @param endpoint the endpoint to bind to
     * @throws NullPointerException if the endpoint is null
     */
    public VsockServerSocketFactory(VsockSocketAddress endpoint) {
        this.endpoint = VsockSocketAddress.of(endpoint.getCid(), endpoint.getVsockPort());
    }

    /**
     * Creates server sockets that listen at an endpoint, whatever address they are given.
     *
     * @param endpoint the endpoint, such as {@code vsock:any:5000}, or null or an empty text to listen at the address
     *     that the server sockets are given
     * @throws IllegalArgumentException if {@link VsockSocketAddress#parse} cannot read the text
     */
    public VsockServerSocketFactory(String endpoint) {
        this.endpoint = endpoint == null || endpoint.isEmpty() ? null : VsockSocketAddress.parse(endpoint);
    }

    /** {@return a factory of server sockets that listen at the address that they are given} */
    public static ServerSocketFactory getDefault() {
        return DEFAULT;
    }

    /**
     * Creates a server socket that is not bound.
     *
     * @return the server socket
     * @throws IOException if vsock is not available, with the reason
     */
    @Override
    public ServerSocket createServerSocket() throws IOException {
        VsockSocketImplFactory.initialize();
        return FactoryServerSocket.open(VsockSelectorProvider.instance(), endpoint);
    }

    /**
     * Creates a server socket that listens at a port of every address of this machine.
     *
     * @param port the port, 0 to 65535; 0 for a free one
     * @return the server socket
     * @throws IOException if the server socket cannot be bound
     * @throws IllegalArgumentException if the port is not 0 to 65535
     */
    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
        return createServerSocket(port, DEFAULT_BACKLOG);
    }

    /**
     * Creates a server socket that listens at a port of every address of this machine.
     *
     * @param port the port, 0 to 65535; 0 for a free one
     * @param backlog how many connections may wait to be accepted; 0 for java.net's default, 50
     * @return the server socket
     * @throws IOException if the server socket cannot be bound
     * @throws IllegalArgumentException if the port is not 0 to 65535
     */
    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
        return createServerSocket(port, backlog, null);
    }

    /**
     * Creates a server socket that listens at a port of an address of this machine.
     *
     * @param port the port, 0 to 65535; 0 for a free one
     * @param backlog how many connections may wait to be accepted; 0 for java.net's default, 50
     * @param host the address, or null for every one
     * @return the server socket
     * @throws IOException if the server socket cannot be bound
     * @throws IllegalArgumentException if the port is not 0 to 65535
     */
    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress host) throws IOException {
        InetSocketAddress local = new InetSocketAddress(host, port);
        ServerSocket server = createServerSocket();
        try {
            server.bind(local, backlog);
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }
}
