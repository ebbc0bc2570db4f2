// SPDX-License-Identifier: Apache-2.0
/* @test id=refused
 * @summary A plain Internet address that is vsock-mapped is refused, with the flag that lets it in
 * @library /lib
 * @run main/othervm MappedAddress refused
 */

/* @test id=allowed
 * @summary With the flag, a program that knows only hosts and ports runs over vsock
 * @library /lib
 * @run main/othervm -Dio.niovsock.mapped=true MappedAddress allowed
 */

/* @test id=rule
 * @summary A rule makes one Internet address vsock, and no other
 * @library /lib
 * @run main/othervm -Dio.niovsock.rules=127.0.0.9=local MappedAddress rule
 */

import io.niovsock.VsockSocketAddress;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Pair;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class MappedAddress {
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "refused" -> Leaks.check(MappedAddress::refused);
            case "allowed" -> Leaks.check(MappedAddress::allowed);
            case "rule" -> Leaks.check(MappedAddress::rule);
            default -> throw new AssertionError(args[0]);
        }
    }

    /** As a program would make it of what its configuration says. */
    private static InetSocketAddress plain(VsockSocketAddress address) {
        return new InetSocketAddress(address.getHostString(), address.getPort());
    }

    private static void allowed() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open()
            .bind(plain((VsockSocketAddress) Family.VSOCK.anyPort()))) {
            VsockSocketAddress where = (VsockSocketAddress) server.getLocalAddress();
            try (SocketChannel client = SocketChannel.open(plain(where)); SocketChannel accepted = server.accept()) {
                Check.equal(client.getRemoteAddress(), where, "remote address");
                Check.that(client.getRemoteAddress() instanceof VsockSocketAddress, "reported as vsock");
                Pair.checkFlow(client, accepted);
                Pair.checkFlow(accepted, client);
            }
        }
    }

    private static void rule() throws IOException {
        InetSocketAddress named = new InetSocketAddress("127.0.0.9", 0);
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(named)) {
            InetSocketAddress where = (InetSocketAddress) server.getLocalAddress();
            Check.equal(where.getHostString(), "127.0.0.9", "the listener's address");
            try (SocketChannel client = SocketChannel.open(where); SocketChannel accepted = server.accept()) {
                Check.equal(client.getRemoteAddress(), where, "remote address");
                Pair.checkFlow(client, accepted);
            }
            try (SocketChannel client = SocketChannel.open(VsockSocketAddress.local(where.getPort()));
                 SocketChannel accepted = server.accept()) {
                Pair.checkFlow(client, accepted);
            }
        }
        try (ServerSocketChannel other = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.8", 0))) {
            Check.equal(((InetSocketAddress) other.getLocalAddress()).getHostString(), "127.0.0.8",
                "an address without a rule");
        }
    }

    private static void refused() throws IOException {
        try (ServerSocketChannel server = Family.VSOCK.listen()) {
            InetSocketAddress where = plain((VsockSocketAddress) server.getLocalAddress());
            names(Check.fails(SocketException.class, () -> SocketChannel.open(where)), where);
            try (SocketChannel client = SocketChannel.open(); ServerSocketChannel other = ServerSocketChannel.open()) {
                names(Check.fails(SocketException.class, () -> client.connect(where)), where);
                names(Check.fails(SocketException.class, () -> other.bind(where)), where);
            }
            server.configureBlocking(false);
            Check.equal(server.accept(), null, "what has come to the listener");
        }
    }

    private static void names(SocketException refusal, InetSocketAddress where) {
        Check.contains(refusal.getMessage(), "-Dio.niovsock.mapped=true");
        Check.contains(refusal.getMessage(), VsockSocketAddress.ofMapped(where).toString());
    }
}
