// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.tool.KernelSocket;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The kernel's list of vsock sockets. The messages are laid out as linux/netlink.h and linux/vm_sockets_diag.h say. */
class KernelSocketTest {
    private static final int HEADER = 16;
    private static final int SOCKET = 32;
    private static final short SOCK_DIAG_BY_FAMILY = 20;
    private static final short NLMSG_ERROR = 2;
    private static final short NLMSG_DONE = 3;
    private static final byte AF_VSOCK = 40;
    private static final byte SOCK_STREAM = 1;
    private static final byte SOCK_SEQPACKET = 5;
    private static final byte TCP_ESTABLISHED = 1;
    private static final byte TCP_LISTEN = 10;
    private static final int ENOENT = 2;
    private static final int ANY = -1;

    private final ByteBuffer messages = ByteBuffer.allocate(1000).order(ByteOrder.nativeOrder());

    private ByteBuffer header(int length, short type) {
        return messages.putInt(HEADER + length).putShort(type).putShort((short) 0).putInt(0).putInt(0);
    }

    private void socket(byte type, byte state, int localCid, int localPort, int remoteCid, int remotePort, int inode) {
        header(SOCKET, SOCK_DIAG_BY_FAMILY).put(AF_VSOCK).put(type).put(state).put((byte) 0)
            .putInt(localCid).putInt(localPort).putInt(remoteCid).putInt(remotePort).putInt(inode)
            .putInt(7).putInt(0);
    }

    private void error(short type, int errno) {
        header(Integer.BYTES, type).putInt(-errno);
    }

    private boolean read(List<KernelSocket> sockets) throws IOException {
        return KernelSocket.read(messages.flip(), sockets);
    }

    @Test
    void eachMessageIsASocket() throws IOException {
        socket(SOCK_STREAM, TCP_LISTEN, ANY, 5000, ANY, ANY, -2);
        socket(SOCK_SEQPACKET, TCP_ESTABLISHED, 2, 49152, 42, 0x80000000, 12);
        List<KernelSocket> sockets = new ArrayList<>();

        assertFalse(read(sockets), "further parts follow");
        assertEquals(List.of(
            new KernelSocket(SOCK_STREAM, TCP_LISTEN, VsockSocketAddress.parse("vsock:any:5000"),
                VsockSocketAddress.parse("vsock:any:any"), 0xFFFF_FFFEL),
            new KernelSocket(SOCK_SEQPACKET, TCP_ESTABLISHED, VsockSocketAddress.parse("vsock:host:49152"),
                VsockSocketAddress.parse("vsock:42:2147483648"), 12)), sockets);
    }

    @Test
    void theLastMessageIsTheEnd() throws IOException {
        socket(SOCK_STREAM, TCP_LISTEN, ANY, 5000, ANY, ANY, 11);
        error(NLMSG_DONE, 0);
        List<KernelSocket> sockets = new ArrayList<>();

        assertTrue(read(sockets));
        assertEquals(1, sockets.size());
    }

    @Test
    void aKernelWithoutTheModuleIsToldWithWhatHelps() {
        error(NLMSG_ERROR, ENOENT);

        IOException e = assertThrows(IOException.class, () -> read(new ArrayList<>()));
        assertTrue(e.getMessage().contains("(modprobe vsock_diag)"), e.getMessage());
    }

    @Test
    void aPartThatIsCutIsRefused() {
        socket(SOCK_STREAM, TCP_LISTEN, ANY, 5000, ANY, ANY, 11);
        for (int length = 1; length < HEADER + SOCKET; length++) {
            ByteBuffer cut = messages.duplicate().order(ByteOrder.nativeOrder()).flip().limit(length);
            assertThrows(IOException.class, () -> KernelSocket.read(cut, new ArrayList<>()), "length=" + length);
        }
    }

    /** A socket that is shorter than this version knows, and a length that leads nowhere. */
    @Test
    void soIsAMessageOfAnotherLength() {
        header(Integer.BYTES, SOCK_DIAG_BY_FAMILY).putInt(0);
        assertThrows(IOException.class, () -> read(new ArrayList<>()));

        messages.clear().putInt(0, 0).limit(HEADER);
        assertThrows(IOException.class, () -> KernelSocket.read(messages, new ArrayList<>()));
    }

    @Test
    void theKernelsOwnListHasTheSocketsOfThisTest() throws Exception {
        if (Machine.isEmulated())
            throw Skip.because("NIOVSOCK_TESTVM=1 testvm/run …");
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 0));
            VsockSocketAddress local = (VsockSocketAddress) listener.getLocalAddress();
            try (SocketChannel client = SocketChannel.open(local)) {
                List<KernelSocket> sockets = KernelSocket.all();
                assertEquals(1, sockets.stream().filter(socket -> socket.state() == TCP_LISTEN
                    && socket.type() == SOCK_STREAM && socket.local().equals(local)).count(), sockets::toString);
                assertEquals(1, sockets.stream().filter(socket -> socket.state() == TCP_ESTABLISHED
                    && socket.remote().equals(local) && socket.local().equals(localOf(client))).count(),
                    sockets::toString);
            }
        }
    }

    private static VsockSocketAddress localOf(SocketChannel channel) {
        try {
            return (VsockSocketAddress) channel.getLocalAddress();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
