// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A guest behind a device of hybrid vsock. A process of its own plays both: {@code reference.c}. It ends with this
 * process.
 */
final class PlayedGuest {
    /** The port of the guest that sends back what it gets. */
    static final int ECHO = 1;

    /** The port of the guest that only reads. */
    static final int SWALLOW = 2;

    private static final int LONGEST_REPLY = 32;

    /** Connects to a port of the guest. */
    interface Connector {
        SocketChannel connect() throws IOException;
    }

    private PlayedGuest() { }

    /** The device's socket. */
    private static Path start() throws IOException {
        Path socket = Implementation.socketFile();
        Process device = new ProcessBuilder(System.getProperty("reference"), "unix", "device", "0", "0", "0",
            socket.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        if (device.getInputStream().read() < 0)
            throw new IOException("the device did not start");
        return socket;
    }

    /** @param handshake whether the JDK's channel also sends the request and reads the answer */
    static Connector start(Implementation implementation, int port, boolean handshake) throws IOException {
        Path socket = start();
        if (implementation instanceof Niovsock) {
            SocketAddress guest = Niovsock.attach(socket, port);
            return () -> SocketChannel.open(guest);
        }
        UnixDomainSocketAddress device = UnixDomainSocketAddress.of(socket);
        return handshake ? byHand(device, port) : () -> SocketChannel.open(device);
    }

    /** As programs without this library do it: the answer comes alone, since the guest waits for a byte. */
    private static Connector byHand(UnixDomainSocketAddress device, int port) {
        byte[] text = ("CONNECT " + port + '\n').getBytes(StandardCharsets.US_ASCII);
        ByteBuffer request = ByteBuffer.allocateDirect(text.length).put(text);
        ByteBuffer reply = ByteBuffer.allocateDirect(LONGEST_REPLY);
        return () -> {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(device);
            channel.write(request.flip());
            reply.clear();
            do {
                if (channel.read(reply) < 0)
                    throw new IOException("refused");
            } while (reply.get(reply.position() - 1) != '\n');
            if (reply.get(0) != 'O' || reply.get(1) != 'K')
                throw new IOException("not a device");
            return channel;
        };
    }
}
