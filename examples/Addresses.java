import java.lang.reflect.InvocationTargetException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Addresses from text: {@code HOST:PORT}, or what {@code -Daddress.factory=CLASS#METHOD} makes of it. So a program
 * speaks over a transport of which it knows no class:
 * {@code -Daddress.factory=io.niovsock.VsockSocketAddress#parse} reads {@code vsock:3:5000}.
 */
final class Addresses {
    private static final String FACTORY_PROPERTY = "address.factory";

    private Addresses() { }

    /** Reads an address, also in the form in which a program prints one. */
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

    /** {@code HOST:PORT}; an {@link InetSocketAddress} prints itself as {@code NAME/LITERAL:PORT}. */
    private static SocketAddress parseHostAndPort(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0)
            throw new IllegalArgumentException("expected HOST:PORT: '" + text + "'");
        String host = text.substring(text.indexOf('/') + 1, colon);
        return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
    }
}
