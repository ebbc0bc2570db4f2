package io.niovsock;

import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.provider.InheritedSockets;
import io.niovsock.internal.provider.ChannelFactory;
import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.jdk.PlatformProvider;
import io.niovsock.internal.provider.Availability;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
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
 * <p> If this JVM cannot have vsock ({@link Vsock#unavailabilityCause}), all channels, selectors and pipes are the platform's
 * own, as they were without this library, and a line in the log of {@code io.niovsock} says why, once. A
 * {@link VsockSocketAddress} then leads nowhere, and to open a channel of a {@link VsockProtocolFamily} fails.
 *
 * <p> Safe for use by several threads.
 */
public final class VsockSelectorProvider extends SelectorProvider {
    /** For the service loader. The native library is loaded when the first channel or selector is opened. */
    public VsockSelectorProvider() { }

    /** The JVM's default provider, where that is one of this class, else one that serves explicit use. */
    public static VsockSelectorProvider instance() {
        JvmProvider.bypassed();
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final VsockSelectorProvider INSTANCE =
            SelectorProvider.provider() instanceof VsockSelectorProvider installed ? installed : new VsockSelectorProvider();
    }

    /**
     * Says, in words, what channels of this provider take an address for: vsock, and by which rule, or the platform's. If
     * {@code SocketChannel.open()} of this JVM opens channels of another provider, or vsock is not available, it says that too,
     * and what helps.
     *
     * @throws IllegalArgumentException if {@code io.niovsock.map} has a rule that cannot be read
     */
    public String explain(SocketAddress address) {
        String explanation = AddressResolver.explain(Objects.requireNonNull(address, "address"));
        Throwable cause = Vsock.unavailabilityCause();
        if (cause != null)
            explanation += "; but " + Availability.text(cause);
        String another = JvmProvider.anotherOrNull();
        if (another != null)
            explanation += "; but SocketChannel.open() of this JVM is " + another;
        return explanation;
    }

    /**
     * Whether the channels and selectors that are opened now can be this library's. Where not, they are the platform's own.
     *
     * @throws IOException if no descriptor is left to find that out with
     * @throws IllegalArgumentException if a system property of this library cannot be read
     */
    private static boolean isAvailable() throws IOException {
        Throwable cause = Availability.cause();
        if (cause != null) {
            Availability.tellOnce(cause);
            return false;
        }
        Availability.requireSettings();
        return true;
    }

    /** As {@link #isAvailable()}; a family of vsock cannot be had of the platform. */
    private static boolean isAvailable(ProtocolFamily family) throws IOException {
        if (family instanceof VsockProtocolFamily)
            Availability.require();
        if (family == StandardProtocolFamily.UNIX)
            Availability.prepareUnix();
        return isAvailable();
    }

    /**
     * Opens a connection that its first address makes TCP or vsock.
     */
    @Override
    public SocketChannel openSocketChannel() throws IOException {
        return isAvailable() ? ChannelFactory.socketChannel(this) : PlatformProvider.get().openSocketChannel();
    }

    /**
     * Opens a connection of a family: one of {@link VsockProtocolFamily}, or one of the platform's.
     */
    @Override
    public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
        return isAvailable(family) ? ChannelFactory.socketChannel(this, family) : PlatformProvider.get().openSocketChannel(family);
    }

    /**
     * Opens a listener that the address that it is bound to makes TCP or vsock.
     */
    @Override
    public ServerSocketChannel openServerSocketChannel() throws IOException {
        return isAvailable() ? ChannelFactory.serverSocketChannel(this) : PlatformProvider.get().openServerSocketChannel();
    }

    /**
     * Opens a listener of a family: one of {@link VsockProtocolFamily}, or one of the platform's.
     */
    @Override
    public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
        return isAvailable(family) ? ChannelFactory.serverSocketChannel(this, family) : PlatformProvider.get().openServerSocketChannel(family);
    }

    /**
     * Opens a datagram channel that the first address that it is bound, connected or sends to makes UDP or vsock. On the
     * kernel's vsock, only the VMCI transport carries datagrams.
     */
    @Override
    public DatagramChannel openDatagramChannel() throws IOException {
        return isAvailable() ? ChannelFactory.datagramChannel(this) : PlatformProvider.get().openDatagramChannel();
    }

    /**
     * Opens a datagram channel of a family: {@link VsockProtocolFamily#VSOCK}, or one of the platform's.
     */
    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
        return isAvailable(family) ? ChannelFactory.datagramChannel(this, family) : PlatformProvider.get().openDatagramChannel(family);
    }

    /** Opens a pipe, the platform's own. */
    @Override
    public Pipe openPipe() throws IOException {
        return isAvailable() ? ChannelFactory.pipe(this) : PlatformProvider.get().openPipe();
    }

    /** Opens a selector, the platform's own: it takes TCP, UDP and vsock channels alike. */
    @Override
    public AbstractSelector openSelector() throws IOException {
        return isAvailable() ? ChannelFactory.selector(this) : PlatformProvider.get().openSelector();
    }

    /**
     * The channel of the socket that this process was started with as its standard input, as by {@code StandardInput=socket} of
     * systemd or by inetd: {@code System.inheritedChannel()}. Where that is a vsock socket, a listener is a
     * {@link ServerSocketChannel}, a connection a {@link SocketChannel} and a datagram socket a {@link DatagramChannel}, in
     * blocking mode; anything else is what the platform makes of it, with null for what is no socket of a network. Each call
     * returns the same channel.
     *
     * <p> The standard streams stay open beside a vsock channel. Its close makes {@code /dev/null} of those that are the same
     * socket, and leaves the others, such as a log, as they are.
     *
     * <p> On the emulated transport a vsock socket is one of AF_UNIX that is bound, or connected, to the abstract name
     * {@code niovsock/CID/PORT}, or {@code niovsock/NAMESPACE/CID/PORT} where {@code io.niovsock.emulated.namespace} is set.
     *
     * @throws IOException if the descriptor cannot be used
     */
    @Override
    public Channel inheritedChannel() throws IOException {
        return isAvailable() ? InheritedSockets.standardInput(this) : PlatformProvider.get().inheritedChannel();
    }

    /**
     * The channels of the vsock sockets that a service manager has passed to this process, in their order: what systemd does
     * for {@code ListenStream=vsock::5000}, {@code ListenDatagram=} and {@code ListenSequentialPacket=} of a socket unit. They
     * are of the types that {@link #inheritedChannel} has, in blocking mode, and inherited by no further process. Each call
     * returns the same channels. The list is empty where nothing was passed, or where {@code LISTEN_PID} says that it was
     * passed to another process.
     *
     * @throws IOException if one of the descriptors is no vsock socket, or the variables cannot be read; no channel is made then
     * @see <a href="https://man7.org/linux/man-pages/man3/sd_listen_fds.3.html">sd_listen_fds(3)</a>
     */
    public List<Channel> listenChannels() throws IOException {
        Availability.require();
        return InheritedSockets.passed(this, null);
    }

    /**
     * As {@link #listenChannels()}, of those sockets only that have the name, and with no regard to others, which may be of TCP:
     * systemd's {@code FileDescriptorName=}, which by default is the name of the socket unit.
     *
     * @throws IOException if one of those descriptors is no vsock socket, or the variables cannot be read; no channel is made then
     */
    public List<Channel> listenChannels(String name) throws IOException {
        Availability.require();
        return InheritedSockets.passed(this, Objects.requireNonNull(name, "name"));
    }
}
