package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;

/** Which addresses are vsock. */
final class Addresses {
    private static final String MAPPED_PROPERTY = "io.niovsock.mapped";
    private static final boolean MAPPED = Boolean.getBoolean(MAPPED_PROPERTY);

    private Addresses() { }

    /**
     * The vsock endpoint that the address stands for, or null where it stands for none.
     *
     * @throws IllegalArgumentException for a vsock-mapped Internet address, where they are not taken for vsock
     */
    static VsockSocketAddress vsockOrNull(SocketAddress address) {
        if (address instanceof VsockSocketAddress vsock)
            return vsock;
        if (!(address instanceof InetSocketAddress inet) || !VsockSocketAddress.isMapped(inet))
            return null;
        if (!MAPPED)
            throw new IllegalArgumentException(address + " is the vsock-mapped form of " + VsockSocketAddress.ofMapped(inet)
                + "; vsock-mapped addresses are refused unless -D" + MAPPED_PROPERTY + "=true is given,"
                + " because an answer of the DNS could otherwise direct a connection to the host of this machine");
        return VsockSocketAddress.ofMapped(inet);
    }

    /** Whether the platform's channels can do anything with an address that is not vsock; what they refuse decides nothing. */
    static boolean isUsableByPlatform(SocketAddress address) {
        return address instanceof InetSocketAddress inet && !inet.isUnresolved();
    }

    /** The vsock endpoint for a channel that is vsock already. */
    static VsockSocketAddress requireVsock(SocketAddress address) {
        VsockSocketAddress vsock = vsockOrNull(Objects.requireNonNull(address, "address"));
        if (vsock != null)
            return vsock;
        if (address instanceof InetSocketAddress inet && inet.isUnresolved())
            throw new UnresolvedAddressException();
        throw new UnsupportedAddressTypeException();
    }

    /** Where to bind: null is every CID and a free port that 16 bits can hold. */
    static VsockSocketAddress requireVsockOrAny(SocketAddress address) {
        return address == null ? VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0) : requireVsock(address);
    }
}
