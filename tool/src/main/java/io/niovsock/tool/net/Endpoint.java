// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.net;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A place to connect to or to listen at, as it is written on the command line:
 * <pre>
 *   vsock:CID:PORT or CID:PORT         the forms of VsockSocketAddress.parse
 *   tcp:HOST:PORT, tcp:[IPV6]:PORT     a name or an address
 *   tcp:PORT                           loopback, 127.0.0.1
 *   tcp:any:PORT                       every address of this machine, to listen at
 *   unix:PATH                          a socket in the file system
 * </pre>
 * Immutable. Names are looked up when an address is needed, each time.
 */
public final class Endpoint {
    private static final String VSOCK = "vsock:";
    private static final String TCP = "tcp:";
    private static final String UNIX = "unix:";
    private static final String ANY_HOST = "any";
    private static final int MAX_PORT = 65535;

    /** The family of an endpoint. */
    public enum Kind { VSOCK, TCP, UNIX }

    private final Kind kind;
    private final VsockSocketAddress vsock; // null for another kind
    private final String host; // null for another kind
    private final int port;
    private final Path path; // null for another kind

    private Endpoint(Kind kind, VsockSocketAddress vsock, String host, int port, Path path) {
        this.kind = kind;
        this.vsock = vsock;
        this.host = host;
        this.port = port;
        this.path = path;
    }

    /**
     * Reads an endpoint.
     *
     * @param text an endpoint in one of the forms above
     * @return the endpoint
     * @throws IllegalArgumentException if the text has another form, with a message for people
     */
    public static Endpoint parse(String text) {
        return text.startsWith(TCP) ? parseTcp(text)
            : text.startsWith(UNIX) ? parseUnix(text)
            : parseVsock(text);
    }

    /** Whether a text begins like an endpoint, in the form with a scheme. */
    public static boolean hasScheme(String text) {
        return text.startsWith(VSOCK) || text.startsWith(TCP) || text.startsWith(UNIX);
    }

    private static Endpoint parseVsock(String text) {
        try {
            VsockSocketAddress address = VsockSocketAddress.parse(text.startsWith(VSOCK) ? text : VSOCK + text);
            return new Endpoint(Kind.VSOCK, address, null, 0, null);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException('\'' + text + "' is no endpoint: expected vsock:CID:PORT, "
                + "tcp:HOST:PORT, tcp:PORT or unix:PATH", e);
        }
    }

    private static Endpoint parseTcp(String text) {
        String rest = text.substring(TCP.length());
        int colon = rest.lastIndexOf(':');
        String host = colon < 0 ? "127.0.0.1" : rest.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]"))
            host = host.substring(1, host.length() - 1);
        else if (host.indexOf(':') >= 0)
            throw wrong(text, "an IPv6 address is written in brackets: tcp:[::1]:8080");
        if (host.isEmpty())
            throw wrong(text, "the host is missing; tcp:PORT is loopback, tcp:any:PORT every address");
        return new Endpoint(Kind.TCP, null, host, parsePort(text, rest.substring(colon + 1)), null);
    }

    private static int parsePort(String text, String digits) {
        if (!digits.matches("0|[1-9][0-9]{0,4}") || Integer.parseInt(digits) > MAX_PORT)
            throw wrong(text, "the port '" + digits + "' is no number from 0 to " + MAX_PORT);
        return Integer.parseInt(digits);
    }

    private static Endpoint parseUnix(String text) {
        String name = text.substring(UNIX.length());
        if (name.isEmpty())
            throw wrong(text, "the path is missing");
        try {
            Path path = Path.of(name);
            UnixDomainSocketAddress.of(path); // so that a path that cannot be one is an error of the command line
            return new Endpoint(Kind.UNIX, null, null, 0, path);
        } catch (InvalidPathException e) {
            throw wrong(text, "the path is malformed");
        }
    }

    private static IllegalArgumentException wrong(String text, String why) {
        return new IllegalArgumentException('\'' + text + "' is no endpoint: " + why);
    }

    /** The family. */
    public Kind kind() {
        return kind;
    }

    /** The path of a Unix socket; null for other kinds. */
    public Path path() {
        return path;
    }

    /** The vsock address; null for other kinds. */
    public VsockSocketAddress vsock() {
        return vsock;
    }

    /** Whether a lookup may ask a name service, and so may take long. */
    public boolean isNamed() {
        return kind == Kind.TCP && !isAnyHost() && !host.matches("[0-9.]+|.*:.*");
    }

    private boolean isAnyHost() {
        return host.equals(ANY_HOST);
    }

    /**
     * Looks the addresses up to which a connect may go, best first.
     *
     * @return one address or more
     * @throws UnknownHostException if the name of the host has no address
     */
    public List<SocketAddress> addresses() throws UnknownHostException {
        List<SocketAddress> addresses = new ArrayList<>();
        switch (kind) {
            case VSOCK -> addresses.add(vsock);
            case UNIX -> addresses.add(UnixDomainSocketAddress.of(path));
            case TCP -> {
                if (isAnyHost())
                    addresses.add(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
                else
                    for (InetAddress address : lookUp())
                        addresses.add(new InetSocketAddress(address, port));
            }
        }
        return addresses;
    }

    private InetAddress[] lookUp() throws UnknownHostException {
        try {
            return InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw withCause(new UnknownHostException(this + ": the name of the host has no address"), e);
        }
    }

    private static <E extends Throwable> E withCause(E e, Throwable cause) {
        e.initCause(cause);
        return e;
    }

    /** The address to listen at; of a name's addresses, the first. */
    public SocketAddress listenAddress() throws UnknownHostException {
        return kind != Kind.TCP || !isAnyHost() ? addresses().get(0)
            : new InetSocketAddress(InetAddress.getByName("::"), port); // takes connections of IPv4, too
    }

    /**
     * Opens the channel with which {@code address} can be reached.
     *
     * @param address one of {@link #addresses()}
     * @return a channel in blocking mode, not connected
     */
    public SocketChannel open(SocketAddress address) throws IOException {
        SocketChannel channel = VsockSelectorProvider.instance().openSocketChannel(family(address));
        try {
            if (kind == Kind.TCP)
                tune(channel);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The family of the socket that an address needs. */
    ProtocolFamily family(SocketAddress address) {
        return switch (kind) {
            case VSOCK -> VsockProtocolFamily.VSOCK;
            case UNIX -> StandardProtocolFamily.UNIX;
            case TCP -> ((InetSocketAddress) address).getAddress() instanceof Inet6Address
                ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
        };
    }

    /** Sets what a connection of TCP needs that carries others' bytes: nothing is held back, dead peers are noticed. */
    public void tune(SocketChannel channel) throws IOException {
        if (kind != Kind.TCP)
            return;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Endpoint that && toString().equals(that.toString());
    }

    @Override
    public int hashCode() {
        return Objects.hash(toString());
    }

    /** {@return the endpoint in a form that {@link #parse} reads} */
    @Override
    public String toString() {
        return switch (kind) {
            case VSOCK -> vsock.toString();
            case UNIX -> UNIX + path;
            case TCP -> TCP + (host.indexOf(':') < 0 ? host : '[' + host + ']') + ':' + port;
        };
    }
}
