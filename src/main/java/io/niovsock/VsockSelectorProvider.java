// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import io.niovsock.internal.jdk.JvmProvider;
import io.niovsock.internal.jdk.PlatformProvider;
import io.niovsock.internal.provider.Availability;
import io.niovsock.internal.provider.ChannelFactory;
import io.niovsock.internal.provider.InheritedSockets;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;

/**
 * The {@link SelectorProvider} whose channels speak vsock if their address does. It becomes the JVM's default when its
 * jar is on the class path or module path. The system property {@code java.nio.channels.spi.SelectorProvider} with the
 * name of this class chooses it explicitly, as does {@link #instance()} in code.
 *
 * <p> Channels from {@code SocketChannel.open()}, {@code ServerSocketChannel.open()} and {@code DatagramChannel.open()}
 * are undecided until they are bound or connected, or send. A {@link VsockSocketAddress} makes them vsock. Any other
 * address makes them TCP or UDP, that is, the platform's own; {@link Vsock#explain} says what an address means.
 * Selectors, pipes and channels of a standard family are the platform's own from the start.
 *
 * <p> If this JVM cannot have vsock ({@link Vsock#unavailabilityCause}), all channels, selectors and pipes are the
 * platform's own, as they were without this library, and one line in the log of {@code io.niovsock} says why. A
 * {@link VsockSocketAddress} then leads nowhere, and opening a channel of a {@link VsockProtocolFamily} fails.
 *
 * <p> Each method throws an {@code IOException} if no descriptor is left, and an {@code IllegalArgumentException} if a
 * system property of this library is malformed. Safe for use by several threads.
 *
 * @since 0.1
 */
public final class VsockSelectorProvider extends SelectorProvider {
    /**
     * For the service loader. The native library is loaded when the first channel or selector is opened.
     *
     * @throws SecurityException on JDK 17 to 23, if this JVM can neither have vsock nor, for lack of the module
     *     {@code jdk.unsupported}, reach the platform's channels from here: the JVM then has the platform's provider
     */
    public VsockSelectorProvider() {
        this(PlatformProvider.mayBeOutOfReach());
    }

    /** @param givesWay false for {@link #instance()}, which never stands in the way of the platform's provider */
    private VsockSelectorProvider(boolean givesWay) {
        if (givesWay)
            Availability.requireLasting();
    }

    /** {@return the JVM's default provider if that is of this class, else an instance for explicit use} */
    public static VsockSelectorProvider instance() {
        JvmProvider.bypassed();
        return Holder.INSTANCE;
    }

    private static final class Holder {
        static final VsockSelectorProvider INSTANCE =
            SelectorProvider.provider() instanceof VsockSelectorProvider installed ? installed
                : new VsockSelectorProvider(false);
    }

    /** Like {@link Availability#isNowOrTold()}; the platform has no channels of a vsock family. */
    private static boolean isAvailable(ProtocolFamily family) throws IOException {
        if (family instanceof VsockProtocolFamily)
            Availability.require();
        if (family == StandardProtocolFamily.UNIX)
            Availability.prepareUnix();
        return Availability.isNowOrTold();
    }

    /** {@return a channel that its first address makes TCP or vsock} */
    @Override
    public SocketChannel openSocketChannel() throws IOException {
        return Availability.isNowOrTold() ? ChannelFactory.socketChannel(this)
            : PlatformProvider.get().openSocketChannel();
    }

    /**
     * Opens a channel of a family.
     *
     * @param family a {@link VsockProtocolFamily}, or a family of the platform
     * @return the channel
     * @throws UnsupportedOperationException if the family is neither
     * @throws NullPointerException if the family is null
     */
    @Override
    public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
        return isAvailable(family) ? ChannelFactory.socketChannel(this, family)
            : PlatformProvider.get().openSocketChannel(family);
    }

    /** {@return a listener that becomes TCP or vsock by the address that it is bound to} */
    @Override
    public ServerSocketChannel openServerSocketChannel() throws IOException {
        return Availability.isNowOrTold() ? ChannelFactory.serverSocketChannel(this)
            : PlatformProvider.get().openServerSocketChannel();
    }

    /**
     * Opens a listener of a family.
     *
     * @param family a {@link VsockProtocolFamily}, or a family of the platform
     * @return the listener
     * @throws UnsupportedOperationException if the family is neither
     * @throws NullPointerException if the family is null
     */
    @Override
    public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
        return isAvailable(family) ? ChannelFactory.serverSocketChannel(this, family)
            : PlatformProvider.get().openServerSocketChannel(family);
    }

    /**
     * Opens a datagram channel that becomes UDP or vsock at its first bind, connect or send. Of the kernel's vsock
     * transports, only VMCI carries datagrams.
     *
     * @return the channel
     */
    @Override
    public DatagramChannel openDatagramChannel() throws IOException {
        return Availability.isNowOrTold() ? ChannelFactory.datagramChannel(this)
            : PlatformProvider.get().openDatagramChannel();
    }

    /**
     * Opens a datagram channel of a family.
     *
     * @param family {@link VsockProtocolFamily#VSOCK}, or a family of the platform
     * @return the channel
     * @throws UnsupportedOperationException if the family is neither; {@link VsockProtocolFamily#VSOCK_SEQPACKET} has
     *     none
     * @throws NullPointerException if the family is null
     */
    @Override
    public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
        return isAvailable(family) ? ChannelFactory.datagramChannel(this, family)
            : PlatformProvider.get().openDatagramChannel(family);
    }

    /** {@return a pipe, the platform's own} */
    @Override
    public Pipe openPipe() throws IOException {
        return Availability.isNowOrTold() ? ChannelFactory.pipe(this) : PlatformProvider.get().openPipe();
    }

    /** {@return a selector, the platform's own} It takes TCP, UDP and vsock channels alike. */
    @Override
    public AbstractSelector openSelector() throws IOException {
        return Availability.isNowOrTold() ? ChannelFactory.selector(this) : PlatformProvider.get().openSelector();
    }

    /**
     * Returns the channel of the socket that is this process's standard input, as systemd's
     * {@code StandardInput=socket} or inetd sets it up: {@code System.inheritedChannel()}. If it is a vsock socket, a
     * listener is a {@link ServerSocketChannel}, a connection a {@link SocketChannel} and a datagram socket a
     * {@link DatagramChannel}, in blocking mode. Otherwise the result is the platform's: null if standard input is no
     * network socket. Each call returns the same channel.
     *
     * <p> The standard streams stay open beside a vsock channel. Closing the channel turns those that are the same
     * socket into {@code /dev/null}, and leaves the others, such as a log, as they are.
     *
     * <p> On the emulated transport, a vsock socket is an AF_UNIX socket that is bound, or connected, to the abstract
     * name {@code niovsock/CID/PORT}, or {@code niovsock/NAMESPACE/CID/PORT} if {@code io.niovsock.emulated.namespace}
     * is set.
     *
     * @return the channel, or null
     * @throws IOException if the descriptor cannot be used
     * @see Vsock#inheritedChannels()
     */
    @Override
    public Channel inheritedChannel() throws IOException {
        return Availability.isNowOrTold() ? InheritedSockets.standardInput(this)
            : PlatformProvider.get().inheritedChannel();
    }
}
