// SPDX-License-Identifier: Apache-2.0
import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;

/**
 * The server of VMware's second pair, with datagrams. It binds to any CID and any port, and prints its address. It
 * answers each datagram with the number of bytes that it has received so far. An empty datagram ends it. On Linux,
 * datagrams need the VMCI transport.
 *
 * <pre>
 *   java -cp nio-vsock.jar:classes DatagramServer
 * </pre>
 */
public final class DatagramServer {
    private static final int MAX_SIZE = 65536;

    private DatagramServer() { }

    public static void main(String[] args) throws IOException {
        try (DatagramChannel channel = DatagramChannel.open(VsockProtocolFamily.VSOCK);
             Selector selector = Selector.open()) {
            channel.bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, VsockSocketAddress.PORT_ANY));
            channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
            VsockSocketAddress where = (VsockSocketAddress) channel.getLocalAddress();
            System.out.println("listening at CID " + Vsock.localCid() + ", port " + where.getVsockPort());
            ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_SIZE);
            long datagrams = 0;
            long bytes = 0;
            while (true) {
                selector.select();
                selector.selectedKeys().clear();
                SocketAddress sender = channel.receive(buffer.clear());
                if (sender == null)
                    continue;
                if (buffer.position() == 0)
                    break;
                datagrams++;
                bytes += buffer.position();
                channel.send(buffer.clear().putLong(bytes).flip(), sender);
            }
            System.out.println("received " + datagrams + " datagrams, " + bytes + " bytes");
        }
    }
}
