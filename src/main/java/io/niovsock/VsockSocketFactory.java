package io.niovsock;

import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.net.FactorySocket;

import javax.net.SocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;

/**
 * Makes sockets that their address makes TCP or vsock, for code that takes a {@link SocketFactory}. It changes nothing for
 * other sockets of the JVM; {@link VsockSocketImplFactory} does.
 *
 * <p> A factory that was made with an endpoint directs every connection of its sockets to it, whatever address they are
 * given. So a program that only lets its user name a class and a string can be brought to vsock; a PostgreSQL driver, for
 * example, by {@code socketFactory=io.niovsock.VsockSocketFactory&socketFactoryArg=vsock:host:5432}.
 *
 * <p> The addresses that its sockets report are {@link VsockSocketAddress}es where they are vsock. In all else they are as
 * {@link VsockSocketImplFactory} says. Safe for use by several threads.
 */
public final class VsockSocketFactory extends SocketFactory {
    private static final VsockSocketFactory DEFAULT = new VsockSocketFactory();

    private final VsockSocketAddress destination; // null: what each connect says

    static {
        JvmProvider.bypassed();
    }

    /** Makes sockets that connect to what they are told. */
    public VsockSocketFactory() {
        destination = null;
    }

    /**
     * Makes sockets that connect to the endpoint, whatever they are told.
     *
     * @param destination the endpoint to connect to
     */
    public VsockSocketFactory(VsockSocketAddress destination) {
        this.destination = VsockSocketAddress.of(destination.getCid(), destination.getVsockPort());
    }

    /**
     * Makes sockets that connect to the endpoint, whatever they are told.
     *
     * @param destination the endpoint, such as {@code vsock:3:5000}, or null or an empty text for what they are told
     * @throws IllegalArgumentException if {@link VsockSocketAddress#parse} does not know the text
     */
    public VsockSocketFactory(String destination) {
        this.destination = destination == null || destination.isEmpty() ? null : VsockSocketAddress.parse(destination);
    }

    /** {@return a factory of sockets that connect to what they are told} */
    public static SocketFactory getDefault() {
        return DEFAULT;
    }

    /**
     * A socket that is not connected.
     *
     * @throws IOException if the native library cannot be loaded, saying why
     */
    @Override
    public Socket createSocket() throws IOException {
        VsockSocketImplFactory.initialize();
        return FactorySocket.open(VsockSelectorProvider.instance(), destination);
    }

    /**
     * A connected socket. The name is looked up as {@link InetSocketAddress} does it, but not where every connection
     * goes to one endpoint.
     *
     * @throws UnknownHostException if there is no such host
     * @throws IOException if it cannot be connected
     * @throws IllegalArgumentException if the port is not 0 to 65535
     */
    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connect(addressOf(host, port), null);
    }

    /**
     * A connected socket that is bound before.
     *
     * @throws UnknownHostException if there is no such host
     * @throws IOException if it cannot be bound or connected
     * @throws IllegalArgumentException if a port is not 0 to 65535
     */
    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return connect(addressOf(host, port), new InetSocketAddress(localHost, localPort));
    }

    /**
     * A connected socket.
     *
     * @throws IOException if it cannot be connected
     * @throws IllegalArgumentException if the port is not 0 to 65535
     */
    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connect(new InetSocketAddress(host, port), null);
    }

    /**
     * A connected socket that is bound before.
     *
     * @throws IOException if it cannot be bound or connected
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
