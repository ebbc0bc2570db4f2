package io.niovsock;

import io.niovsock.internal.channel.Addresses;
import io.niovsock.internal.channel.Opening;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;

/**
 * The {@link SelectorProvider} whose channels speak vsock where their address does. It becomes the JVM's default when
 * its jar is on the class path or module path; {@code -Djava.nio.channels.spi.SelectorProvider} with the name of this
 * class, or {@link #instance()}, chooses it explicitly.
 *
 * <p> Channels from {@code SocketChannel.open()}, {@code ServerSocketChannel.open()} and {@code DatagramChannel.open()} are
 * undecided until they are bound or connected, or send: a {@link VsockSocketAddress} makes them vsock, any other address
 * makes them TCP or UDP, that is, the platform's own. Selectors, pipes and channels of a given standard family are the
 * platform's own from the start.
 *
 * <p> Where the native library cannot be loaded, opening a channel that might become vsock fails with an
 * {@code IOException} that says why; {@code -Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.EPollSelectorProvider}
 * gives the JVM its own provider back (on Linux; other systems have others).
 *
 * <p> Safe for use by several threads.
 */
public final class VsockSelectorProvider extends SelectorProvider {
    private static final String PLATFORM_CURE =
        " (to run without vsock, give the JVM its own provider back: -Djava.nio.channels.spi.SelectorProvider=";

    /** For the service loader. Does nothing: the native library is loaded when the first channel or selector is opened. */
    public VsockSelectorProvider() { }

    /** The JVM's default provider, where that is one of this class, else one that serves explicit use. */
    public static VsockSelectorProvider instance() {
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final VsockSelectorProvider INSTANCE =
            SelectorProvider.provider() instanceof VsockSelectorProvider installed ? installed : new VsockSelectorProvider();
    }

    /**
     * Says, in words, what channels of this provider take an address for: vsock, and by which rule, or the platform's.
     *
     * @throws IllegalArgumentException if {@code io.niovsock.map} has a rule that cannot be read
     */
    public String explain(SocketAddress address) {
        return Addresses.explain(Objects.requireNonNull(address, "address"));
    }

    /** Makes the native library ready, and with it the classes that need it. */
    static void initialize() throws IOException {
        try {
            Natives.initialize();
            Addresses.checkRules();
        } catch (LinkageError e) {
            throw new IOException(describe(e) + PLATFORM_CURE + platformProviderName() + ")", e);
        }
    }

    /** The second attempt to use a class that failed to initialize reports the first one's failure as its cause. */
    private static String describe(LinkageError e) {
        return e instanceof NoClassDefFoundError && e.getCause() != null ? e.getCause().getMessage() : e.getMessage();
    }

    private static String platformProviderName() {
        String system = System.getProperty("os.name");
        return system.startsWith("Windows") ? "sun.nio.ch.WEPollSelectorProvider"
            : system.startsWith("Mac") ? "sun.nio.ch.KQueueSelectorProvider"
            : system.startsWith("AIX") ? "sun.nio.ch.PollsetSelectorProvider"
            : "sun.nio.ch.EPollSelectorProvider";
    }

    /**
     * Opens a connection that its first address makes TCP or vsock.
     */
    @Override
    public SocketChannel openSocketChannel() throws IOException {
        initialize();
        return Opening.socketChannel(this);
    }

    /**
     * Opens a connection of a family: one of {@link VsockProtocolFamily}, or one of the platform's.
     */
    @Override
    public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
        initialize();
        return Opening.socketChannel(this, family);
    }

    /**
     * Opens a listener that the address that it is bound to makes TCP or vsock.
     */
    @Override
    public ServerSocketChannel openServerSocketChannel() throws IOException {
        initialize();
        return Opening.serverSocketChannel(this);
    }

    /**
     * Opens a listener of a family: one of {@link VsockProtocolFamily}, or one of the platform's.
     */
    @Override
    public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
        initialize();
        return Opening.serverSocketChannel(this, family);
    }

    /**
     * Opens a datagram channel that the first address that it is bound, connected or sends to makes UDP or vsock. On the
     * kernel's vsock, only the VMCI transport carries datagrams.
     */
    @Override
    public DatagramChannel openDatagramChannel() throws IOException {
        initialize();
        return Opening.datagramChannel(this);
    }

    /**
     * Opens a datagram channel of a family: {@link VsockProtocolFamily#VSOCK}, or one of the platform's.
     */
    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
        initialize();
        return Opening.datagramChannel(this, family);
    }

    @Override
    public Pipe openPipe() throws IOException {
        initialize();
        return Opening.platform().openPipe();
    }

    /** Opens a selector, the platform's own: it takes TCP, UDP and vsock channels alike. */
    @Override
    public AbstractSelector openSelector() throws IOException {
        initialize();
        return Opening.platform().openSelector();
    }

    @Override
    public Channel inheritedChannel() throws IOException {
        initialize();
        return Opening.platform().inheritedChannel();
    }
}
