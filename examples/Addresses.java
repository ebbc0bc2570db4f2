// SPDX-License-Identifier: Apache-2.0
import java.lang.reflect.InvocationTargetException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Parses addresses: {@code HOST:PORT}, or any text that the method of {@code -Daddress.factory=CLASS#METHOD} parses. So
 * a program can use a transport without naming a class of it:
 * {@code -Daddress.factory=io.niovsock.VsockSocketAddress#parse} parses {@code vsock:3:5000}.
 */
final class Addresses {
    private static final String FACTORY_PROPERTY = "address.factory";

    private Addresses() { }

    /** Parses an address. It accepts the form in which a program prints one, too. */
    static SocketAddress parse(String text) {
        String factory = System.getProperty(FACTORY_PROPERTY);
        return factory == null ? parseHostAndPort(text) : parseBy(factory, text);
    }

    private static SocketAddress parseBy(String factory, String text) {
        String[] parts = factory.split("#", 2);
        try {
            return (SocketAddress) Class.forName(parts[0])
                .getMethod(parts.length == 2 ? parts[1] : "parse", String.class)
                .invoke(null, text);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(e.getCause());
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new IllegalArgumentException("-D" + FACTORY_PROPERTY + "=" + factory
                + ": expected CLASS#METHOD, a static method that makes a SocketAddress of a String", e);
        }
    }

    /** Parses {@code HOST:PORT}, or {@code NAME/LITERAL:PORT}, as an {@link InetSocketAddress} prints itself. */
    private static SocketAddress parseHostAndPort(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0)
            throw new IllegalArgumentException("expected HOST:PORT: '" + text + "'");
        String host = text.substring(text.indexOf('/') + 1, colon);
        return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
    }
}
