// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.net.FactorySocket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import javax.net.SocketFactory;

/**
 * Creates sockets that become TCP or vsock by the address that they are given, for code that takes a
 * {@link SocketFactory}. Other sockets of the JVM stay as they are; {@link VsockSocketImplFactory} changes those.
 *
 * <p> A factory with an endpoint connects each of its sockets to that endpoint, whatever address the socket is given.
 * So a program whose configuration names only a class and a string can use vsock: a PostgreSQL driver, for example, by
 * {@code socketFactory=io.niovsock.VsockSocketFactory&socketFactoryArg=vsock:host:5432}.
 *
 * <p> Vsock sockets of this factory report {@link VsockSocketAddress}es. In everything else they behave as
 * {@link VsockSocketImplFactory} says. Safe for use by several threads.
 *
 * @since 0.1
 */
public final class VsockSocketFactory extends SocketFactory {
    private static final VsockSocketFactory DEFAULT = new VsockSocketFactory();

    private final VsockSocketAddress destination; // null: the address that the socket is given

    static {
        JvmProvider.bypassed();
    }

    /** Creates sockets that connect to the address that they are given. */
    public VsockSocketFactory() {
        destination = null;
    }

    /**
     * Creates sockets that connect to an endpoint, whatever address they are given.
     *
     * @param destination the endpoint to connect to
     * @throws NullPointerException if the endpoint is null
     */
    public VsockSocketFactory(VsockSocketAddress destination) {
        this.destination = VsockSocketAddress.of(destination.getCid(), destination.getVsockPort());
    }

    /**
     * Creates sockets that connect to an endpoint, whatever address they are given.
     *
     * @param destination the endpoint, such as {@code vsock:3:5000}, or null or an empty text to connect to the address
     *     that the sockets are given
     * @throws IllegalArgumentException if {@link VsockSocketAddress#parse} cannot read the text
     */
    public VsockSocketFactory(String destination) {
        this.destination = destination == null || destination.isEmpty() ? null : VsockSocketAddress.parse(destination);
    }

    /** {@return a factory of sockets that connect to the address that they are given} */
    public static SocketFactory getDefault() {
        return DEFAULT;
    }

    /**
     * Creates a socket that is not connected.
     *
     * @return the socket
     * @throws IOException if vsock is not available, with the reason
     */
    @Override
    public Socket createSocket() throws IOException {
        VsockSocketImplFactory.initialize();
        return FactorySocket.open(VsockSelectorProvider.instance(), destination);
    }

    /**
     * Creates a connected socket. The name is looked up as {@link InetSocketAddress} does, unless this factory has an
     * endpoint.
     *
     * @param host the name or address; null for this machine's loopback address
     * @param port the port, 0 to 65535
     * @return the socket
     * @throws UnknownHostException if the host is unknown
     * @throws IOException if the socket cannot be connected
     * @throws IllegalArgumentException if the port is not 0 to 65535
     */
    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connect(addressOf(host, port), null);
    }

    /**
     * Creates a connected socket that has been bound before.
     *
     * @param host the name or address; null for this machine's loopback address
     * @param port the port, 0 to 65535
     * @param localHost the address to bind to; null for any
     * @param localPort the port to bind to, 0 to 65535; 0 for a free one
     * @return the socket
     * @throws UnknownHostException if the host is unknown
     * @throws IOException if the socket cannot be bound or connected
     * @throws IllegalArgumentException if a port is not 0 to 65535
     */
    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return connect(addressOf(host, port), new InetSocketAddress(localHost, localPort));
    }

    /**
     * Creates a connected socket.
     *
     * @param host the address
     * @param port the port, 0 to 65535
     * @return the socket
     * @throws IOException if the socket cannot be connected
     * @throws IllegalArgumentException if the port is not 0 to 65535
     */
    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connect(new InetSocketAddress(host, port), null);
    }

    /**
     * Creates a connected socket that has been bound before.
     *
     * @param host the address
     * @param port the port, 0 to 65535
     * @param localHost the address to bind to; null for any
     * @param localPort the port to bind to, 0 to 65535; 0 for a free one
     * @return the socket
     * @throws IOException if the socket cannot be bound or connected
     * @throws IllegalArgumentException if a port is not 0 to 65535
     */
    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return connect(new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
    }

    private InetSocketAddress addressOf(String host, int port) {
        if (host == null)
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        return destination == null ? new InetSocketAddress(host, port) : InetSocketAddress.createUnresolved(host, port);
    }

    private Socket connect(SocketAddress remote, SocketAddress localOrNull) throws IOException {
        Socket socket = createSocket();
        try {
            if (localOrNull != null)
                socket.bind(localOrNull);
            socket.connect(remote);
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }
}
