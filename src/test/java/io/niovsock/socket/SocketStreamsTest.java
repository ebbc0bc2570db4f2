// SPDX-License-Identifier: Apache-2.0
package io.niovsock.socket;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SocketStreamsTest {
    @ForEachChannelAndThread
    void megabytesArriveAsTheyWere(ChannelKind channel, ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(13, 3 << 20);
        try (Pair pair = Pair.of(channel);
             Background<Void> writer = Background.start(thread, () -> {
                 OutputStream out = pair.client().socket().getOutputStream();
                 out.write(bytes, 0, 1);
                 out.write(bytes[1]);
                 out.write(bytes, 2, bytes.length - 2); // one write of any length
                 pair.client().socket().shutdownOutput();
                 return null;
             })) {
            ByteArrayOutputStream read = new ByteArrayOutputStream();
            pair.peer().socket().getInputStream().transferTo(read);
            assertEquals(Payload.digest(bytes), Payload.digest(read.toByteArray()));
            writer.result();
        }
    }

    @ForEachChannel
    void bytesAreUnsignedAndTheEndIsMinusOne(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            InputStream in = pair.client().socket().getInputStream();
            OutputStream out = pair.peer().socket().getOutputStream();
            out.write(new byte[] { 0, 127, -128, -1 });
            assertArrayEquals(new int[] { 0, 127, 128, 255 }, new int[] { in.read(), in.read(), in.read(), in.read() });
            assertEquals(0, in.read(new byte[0]));
            pair.peer().socket().shutdownOutput();
            assertEquals(-1, in.read());
            assertEquals(-1, in.read(new byte[5]));
            assertEquals(0, in.available());
        }
    }

    @ForEachChannel
    void aPartOfAnArrayIsUsedAndNothingElse(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.peer().socket().getOutputStream().write("-abc-".getBytes(), 1, 3);
            byte[] bytes = "------".getBytes();
            InputStream in = pair.client().socket().getInputStream();
            assertEquals(3, in.readNBytes(bytes, 2, 3));
            assertEquals("--abc-", new String(bytes));
            assertThrows(IndexOutOfBoundsException.class, () -> in.read(bytes, 4, 3));
            assertThrows(IndexOutOfBoundsException.class, () -> in.read(bytes, -1, 1));
            assertThrows(NullPointerException.class, () -> in.read(null, 0, 1));
            OutputStream out = pair.client().socket().getOutputStream();
            assertThrows(IndexOutOfBoundsException.class, () -> out.write(bytes, 6, 1));
            assertThrows(NullPointerException.class, () -> out.write(null, 0, 1));
        }
    }

    @ForEachChannel
    void typedDataGoesThrough(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            DataOutputStream out = new DataOutputStream(pair.client().socket().getOutputStream());
            out.writeUTF("vsock");
            out.writeLong(Long.MIN_VALUE);
            DataInputStream in = new DataInputStream(pair.peer().socket().getInputStream());
            assertEquals("vsock", in.readUTF());
            assertEquals(Long.MIN_VALUE, in.readLong());
        }
    }

    /** The kernel's vsock before 6.17 does not report it, and 0 is always allowed. */
    @ForEachChannel
    void availableTellsWhatIsThere(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            InputStream in = pair.client().socket().getInputStream();
            assertEquals(0, in.available());
            Streams.write(pair.peer(), "12345");
            if (!channel.isVsock() || Machine.isEmulated())
                Await.until(() -> "nothing is available", () -> in.available() == 5);
            assertEquals('1', in.read());
            int left = in.available();
            assertTrue(left == 4 || left == 0 && channel.isVsock() && !Machine.isEmulated(),
                () -> "available: " + left);
        }
    }

    @ForEachChannel
    void closingAStreamClosesTheSocketAndTheChannel(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            pair.client().socket().getInputStream().close();
            assertTrue(pair.client().socket().isClosed());
            assertFalse(pair.client().isOpen());
            Streams.assertEnd(pair.peer());
            pair.peer().socket().getOutputStream().close();
            assertFalse(pair.peer().isOpen());
        }
    }

    @ForEachChannel
    void halvesAreClosedThroughTheSocket(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Socket socket = pair.client().socket();
            InputStream in = socket.getInputStream();
            socket.shutdownOutput();
            assertTrue(socket.isOutputShutdown());
            Streams.assertEnd(pair.peer());
            assertFails(SocketException.class, socket::getOutputStream);
            Streams.write(pair.peer(), "x");
            assertEquals('x', in.read());
            socket.shutdownInput();
            assertTrue(socket.isInputShutdown());
            assertEquals(-1, in.read());
            assertEquals(0, in.available());
            assertFails(SocketException.class, socket::getInputStream);
            assertFalse(socket.isClosed());
        }
    }

    @ForEachChannel
    void withoutAConnectionThereAreNoStreams(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient()) {
            assertFails(SocketException.class, () -> client.socket().getInputStream());
            assertFails(SocketException.class, () -> client.socket().getOutputStream());
            client.close();
            assertFails(SocketException.class, () -> client.socket().getInputStream());
            assertFails(SocketException.class, () -> client.socket().getOutputStream());
        }
    }

    @ForEachChannelAndThread
    void theStreamsOfChannelsWorkToo(ChannelKind channel, ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(14, 500_000);
        try (Pair pair = Pair.of(channel);
             Background<Void> writer = Background.start(thread, () -> {
                 Channels.newOutputStream(pair.client()).write(bytes);
                 pair.client().shutdownOutput();
                 return null;
             })) {
            assertEquals(Payload.digest(bytes), Payload.digest(Channels.newInputStream(pair.peer()).readAllBytes()));
            writer.result();
        }
    }

    /** Request and answer at the same time on one socket. */
    @ForEachChannelAndThread
    void aWriterDoesNotWaitForAReader(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Socket socket = pair.client().socket();
            InputStream in = socket.getInputStream();
            try (Background<Integer> reader = Background.start(thread, in::read)) {
                reader.awaitBlocked();
                socket.getOutputStream().write('q');
                assertEquals("q", Streams.readText(pair.peer(), 1));
                Streams.write(pair.peer(), "a");
                assertEquals('a', reader.result());
            }
        }
    }

    @ForEachChannel
    void nothingCanBeWrittenAtAnyTime(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            OutputStream out = pair.client().socket().getOutputStream();
            pair.client().shutdownOutput();
            assertDoesNotThrow(() -> out.write(new byte[0]));
        }
    }
}
