// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Asynchronous channels reach attached guests, and hear them, as the other channels do. */
class AsynchronousChannelsTest {
    @TempDir
    private Path folder;

    private static <V> V resultOf(Future<V> future) throws Exception {
        return future.get(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void assertEchoed(AsynchronousSocketChannel here, SocketChannel there) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(3);
        Future<Integer> answer = here.read(buffer);
        assertEquals(3, resultOf(here.write(ByteBuffer.wrap(new byte[] { 1, 2, 3 }))));
        ByteBuffer received = ByteBuffer.allocate(3);
        while (received.hasRemaining())
            there.read(received);
        there.write(received.flip());
        assertEquals(3, resultOf(answer));
        assertEquals(ByteBuffer.wrap(new byte[] { 1, 2, 3 }), buffer.flip());
    }

    @ParameterizedTest
    @EnumSource
    void aGuestIsReached(PlayedDevice.Monitor monitor) throws Exception {
        try (Guest guest = Guest.start(folder, monitor);
             AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
            resultOf(client.connect(guest.endpoint()));
            try (SocketChannel peer = guest.device().accept(Guest.PORT)) {
                assertEquals(guest.endpoint(), client.getRemoteAddress());
                assertEchoed(client, peer);
            }
        }
    }

    @Test
    void aGuestWithoutAListenerRefuses() throws Exception {
        try (Guest guest = Guest.start(folder); AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
            Future<Void> connecting = client.connect(guest.endpoint(Guest.PORT + 1));
            ExecutionException e = assertThrows(ExecutionException.class, () -> resultOf(connecting));
            assertInstanceOf(ConnectException.class, e.getCause());
            assertFalse(client.isOpen());
        }
    }

    @Test
    void aCloseEndsAConnectThatIsNotAnswered() throws Exception {
        try (Guest guest = Guest.start(folder)) {
            guest.device().script(Guest.PORT + 2, (host, port, reply) -> { });
            AsynchronousSocketChannel client = AsynchronousSocketChannel.open();
            Future<Void> connecting = client.connect(guest.endpoint(Guest.PORT + 2));
            assertFalse(connecting.isDone());
            client.close();
            ExecutionException e = assertThrows(ExecutionException.class, () -> resultOf(connecting));
            assertInstanceOf(AsynchronousCloseException.class, e.getCause());
        }
    }

    @Test
    void aGuestIsHeard() throws Exception {
        try (Guest guest = Guest.start(folder);
             AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open()
                 .bind(VsockSocketAddress.any(0))) {
            Future<AsynchronousSocketChannel> accepting = server.accept();
            try (SocketChannel peer = connectToHost(guest, server); AsynchronousSocketChannel here =
                resultOf(accepting)) {
                assertEquals(guest.endpoint(VsockSocketAddress.PORT_ANY), here.getRemoteAddress());
                assertEchoed(here, peer);
            }
        }
    }

    private static SocketChannel connectToHost(Guest guest, AsynchronousServerSocketChannel server)
        throws IOException {
        return guest.device().connectToHost(((VsockSocketAddress) server.getLocalAddress()).getVsockPort());
    }
}
