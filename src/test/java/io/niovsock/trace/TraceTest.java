// SPDX-License-Identifier: Apache-2.0
package io.niovsock.trace;

import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketFactory;
import io.niovsock.testkit.ChildJvm;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What {@code io.niovsock.trace} tells, and that nothing is told without it. */
class TraceTest {
    private static final String RULES = "10.0.0.5=local:7400,127.0.0.1:7400=local";

    /** Each kind of socket, and one that no rule catches. */
    static final class Program {
        public static void main(String[] args) throws IOException {
            InetSocketAddress loopback = new InetSocketAddress("127.0.0.1", 7400);
            InetSocketAddress peer = new InetSocketAddress("10.0.0.5", 80);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(loopback);
                 SocketChannel client = SocketChannel.open(peer);
                 Socket socket = VsockSocketFactory.getDefault().createSocket();
                 ServerSocketChannel tcp = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
                 DatagramChannel datagrams = DatagramChannel.open();
                 SocketChannel byFamily = SocketChannel.open(StandardProtocolFamily.INET)) {
                socket.connect(peer);
                datagrams.bind(loopback).bind(null);
            } catch (java.nio.channels.AlreadyBoundException once) {
                System.out.println("end");
            }
        }
    }

    /** The same, and the events that Flight Recorder has of it. */
    static final class Recorded {
        public static void main(String[] args) throws IOException {
            Path file = Path.of(args[0]);
            try (Recording recording = new Recording()) {
                recording.enable("io.niovsock.Decision");
                recording.start();
                Program.main(args);
                recording.stop();
                recording.dump(file);
            }
            for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
                if (!event.getEventType().getName().equals("io.niovsock.Decision"))
                    continue; // what else happens to the sockets
                System.out.println("event " + event.getString("socket") + ", " + event.getString("use") + " "
                    + event.getString("address") + ": " + event.getString("outcome"));
            }
        }
    }

    /** Receives without a bind. */
    static final class Receiving {
        public static void main(String[] args) throws IOException {
            try (DatagramChannel datagrams = DatagramChannel.open()) {
                datagrams.configureBlocking(false);
                System.out.println(datagrams.receive(ByteBuffer.allocate(1)));
            }
        }
    }

    @Test
    void aChannelThatReceivesUnboundIsNotCaught() throws Exception {
        String text = ChildJvm.of(Receiving.class).property("io.niovsock.trace", true).run().succeeded().text();
        assertTrue(text.contains("DatagramChannel, open any address: not caught: it receives before an address"
            + " decides"), text);
    }

    private static final List<String> TOLD = List.of(
        "ServerSocketChannel, bind /127.0.0.1:7400: vsock, as vsock:local:7400, by the rule 127.0.0.1:7400=local"
            + " of -Dio.niovsock.rules",
        "SocketChannel, connect /10.0.0.5:80: vsock, as vsock:local:7400, by the rule 10.0.0.5=local:7400"
            + " of -Dio.niovsock.rules",
        "ServerSocketChannel, bind /127.0.0.1:0: the platform's: no rule matches, and it is not vsock-mapped",
        "SocketChannel, open any address: not caught: it is opened for the family INET",
        "Socket, connect /10.0.0.5:80: vsock, as vsock:local:7400, by the rule 10.0.0.5=local:7400"
            + " of -Dio.niovsock.rules",
        "DatagramChannel, bind /127.0.0.1:7400: vsock, as vsock:local:7400, by the rule 127.0.0.1:7400=local"
            + " of -Dio.niovsock.rules");

    @Test
    void eachDecisionIsToldOnce() throws Exception {
        List<String> lines = ChildJvm.of(Program.class).property("io.niovsock.rules", RULES)
            .property("io.niovsock.trace", "").run().succeeded().lines();
        assertEquals(TOLD, lines.stream().filter(line -> line.startsWith("INFO: ")).map(line -> line.substring(6))
            .collect(Collectors.toList()), lines::toString);
    }

    /** A listener of java.net at a mapped address, which needs no permission, and two without an address. */
    static final class Binds {
        public static void main(String[] args) throws IOException {
            try (ServerSocket mapped = VsockServerSocketFactory.getDefault().createServerSocket();
                 ServerSocketChannel free = ServerSocketChannel.open();
                 AsynchronousServerSocketChannel asynchronous = AsynchronousServerSocketChannel.open()) {
                mapped.bind(new InetSocketAddress("ff11:76:736f:636b::1", 7401));
                free.bind(null);
                asynchronous.bind(null);
            }
        }
    }

    @Test
    void aBindToAMappedAddressAndOneWithoutAnAddressAreToldAsTheyAre() throws Exception {
        String text = ChildJvm.of(Binds.class).property("io.niovsock.trace", true).run().succeeded().text();
        assertTrue(text.contains("ServerSocket, bind vsock:local:7401: vsock, by its type"), text);
        String notCaught = "ServerSocketChannel, open any address: not caught: it is bound without an address";
        assertTrue(text.contains(": " + notCaught), text);
        assertTrue(text.contains(": Asynchronous" + notCaught), text);
    }

    @Test
    void withoutThePropertyNothingIsTold() throws Exception {
        assertEquals("end", ChildJvm.of(Program.class).property("io.niovsock.rules", RULES).run().succeeded().text());
        assertEquals("end", ChildJvm.of(Program.class).property("io.niovsock.rules", RULES)
            .property("io.niovsock.trace", false).run().succeeded().text());
    }

    @Test
    void flightRecorderHasTheSame(@TempDir Path folder) throws Exception {
        List<String> lines = ChildJvm.of(Recorded.class).property("io.niovsock.rules", RULES)
            .property("io.niovsock.trace", true).arguments(folder.resolve("events.jfr")).run().succeeded().lines();
        assertEquals(TOLD, lines.stream().filter(line -> line.startsWith("event ")).map(line -> line.substring(6))
            .collect(Collectors.toList()), lines::toString);
    }

    @Test
    void aJdkWithoutFlightRecorderTracesToo() throws Exception {
        String text = ChildJvm.of(Program.class).option("--limit-modules=java.base")
            .property("io.niovsock.rules", RULES).property("io.niovsock.trace", true).run().succeeded().text();
        assertFalse(text.contains("NoClassDefFoundError"), text);
        assertEquals(TOLD.size(), text.lines().filter(line -> TOLD.stream().anyMatch(line::endsWith)).count(), text);
    }
}
