package io.niovsock;

import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.net.FactoryServerSocket;

import javax.net.ServerSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * Makes server sockets that their address makes TCP or vsock, for code that takes a {@link ServerSocketFactory}. It changes
 * nothing for other sockets of the JVM; {@link VsockSocketImplFactory} does.
 *
 * <p> A factory that was made with an endpoint binds every server socket to it, whatever address that is given; port 0
 * is a free port of the kernel's choice.
 *
 * <p> The addresses that its sockets report, and the sockets that these accept, are {@link VsockSocketAddress}es where they
 * are vsock. In all else they are as {@link VsockSocketImplFactory} says. Safe for use by several threads.
 */
public final class VsockServerSocketFactory extends ServerSocketFactory {
    private static final VsockServerSocketFactory DEFAULT = new VsockServerSocketFactory();
    private static final int DEFAULT_BACKLOG = 0; // as java.net has it

    private final VsockSocketAddress endpoint; // null: what each bind says

    static {
        JvmProvider.bypassed();
    }

    /** Makes server sockets that listen where they are told. */
    public VsockServerSocketFactory() {
        endpoint = null;
    }

    /**
     * Makes server sockets that listen at the endpoint, whatever they are told.
     *
     * @param endpoint the endpoint to bind to
     */
    public VsockServerSocketFactory(VsockSocketAddress endpoint) {
        this.endpoint = VsockSocketAddress.of(endpoint.getCid(), endpoint.getVsockPort());
    }

    /**
     * Makes server sockets that listen at the endpoint, whatever they are told.
     *
     * @param endpoint the endpoint, such as {@code vsock:any:5000}, or null or an empty text for where they are told
     * @throws IllegalArgumentException if {@link VsockSocketAddress#parse} does not know the text
     */
    public VsockServerSocketFactory(String endpoint) {
        this.endpoint = endpoint == null || endpoint.isEmpty() ? null : VsockSocketAddress.parse(endpoint);
    }

    /** {@return a factory of server sockets that listen where they are told} */
    public static ServerSocketFactory getDefault() {
        return DEFAULT;
    }

    /**
     * A server socket that is not bound.
     *
     * @throws IOException if the native library cannot be loaded, saying why
     */
    @Override
    public ServerSocket createServerSocket() throws IOException {
        VsockSocketImplFactory.initialize();
        return FactoryServerSocket.open(VsockSelectorProvider.instance(), endpoint);
    }

    /**
     * A server socket that listens at the port of every address of this machine.
     *
     * @throws IOException if it cannot be bound
     * @throws IllegalArgumentException if the port is not 0 to 65535
     */
    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
        return createServerSocket(port, DEFAULT_BACKLOG);
    }

    /**
     * A server socket that listens at the port of every address of this machine.
     *
     * @param backlog how many connections may wait to be accepted; 0 for a default
     * @throws IOException if it cannot be bound
     * @throws IllegalArgumentException if the port is not 0 to 65535
     */
    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
        return createServerSocket(port, backlog, null);
    }

    /**
     * A server socket that listens at the port of an address of this machine.
     *
     * @param backlog how many connections may wait to be accepted; 0 for a default
     * @param host the address, or null for every one
     * @throws IOException if it cannot be bound
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
