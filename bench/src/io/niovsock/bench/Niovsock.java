// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * This library, used like any program would: java.nio and an address. The kernel's transport is used only in testvm/:
 * elsewhere the kernel may send the data to a hypervisor.
 */
final class Niovsock implements Implementation {
    private static final boolean EMULATED = "emulated".equals(System.getProperty("io.niovsock.transport"));

    private static final long GUEST = 42;

    Niovsock() {
        if (!EMULATED && !Files.exists(Path.of("/run/testvm/modules")))
            throw new IllegalStateException("the kernel's vsock is used in testvm/ only");
    }

    private static SocketAddress address(String text) {
        try {
            return (SocketAddress) Class.forName("io.niovsock.VsockSocketAddress").getMethod("parse", String.class)
                .invoke(null, text);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the jar of this library is not on the class path", e);
        }
    }

    /** Attaches a guest. Returns the address of one of its ports. */
    static SocketAddress attach(Path socket, int port) {
        try {
            Class.forName("io.niovsock.Vsock").getMethod("attach", long.class, Path.class).invoke(null, GUEST, socket);
            return address("vsock:" + GUEST + ":" + port);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the guest cannot be attached", e);
        }
    }

    @Override
    public ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open().bind(listenAddress(), BACKLOG);
    }

    @Override
    public SocketAddress listenAddress() {
        return address("vsock:local:any");
    }

    @Override
    public SocketChannel connect(SocketAddress remote) throws IOException {
        return SocketChannel.open(remote);
    }

    @Override
    public Connected connectForRecords() throws IOException {
        ProtocolFamily records = recordFamily();
        try (ServerSocketChannel listener = ServerSocketChannel.open(records).bind(listenAddress(), BACKLOG)) {
            SocketChannel client = SocketChannel.open(records);
            client.connect(listener.getLocalAddress());
            return new Connected(client, listener.accept());
        }
    }

    private static ProtocolFamily recordFamily() {
        try {
            return (ProtocolFamily) Class.forName("io.niovsock.VsockProtocolFamily").getField("VSOCK_SEQPACKET")
                .get(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the jar of this library is not on the class path", e);
        }
    }

    @Override
    public DatagramChannel bindDatagrams() throws IOException {
        return DatagramChannel.open().bind(address("vsock:any:any"));
    }

    /** The emulated host; or, on the kernel's transports, VMCI: datagrams to CID 2 return to this machine. */
    @Override
    public SocketAddress destination(DatagramChannel channel) throws IOException {
        String bound = channel.getLocalAddress().toString();
        return address("vsock:host:" + bound.substring(bound.lastIndexOf(':') + 1));
    }
}
