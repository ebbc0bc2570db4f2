// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** No descriptor of any kind stays behind: sockets, and the epoll instances of listeners. */
class DescriptorsTest {
    @TempDir
    private Path folder;

    private interface Round {
        void run(int number) throws Exception;
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    /** The first rounds open what a JVM opens once. */
    private static void assertNoneIsLeft(int rounds, Round round) throws Exception {
        for (int i = 0; i < 10; i++)
            round.run(i);
        long before = descriptors();
        for (int i = 0; i < rounds; i++)
            round.run(i);
        Await.until(() -> "more descriptors than " + before, () -> descriptors() <= before);
    }

    @Test
    void ofConnects() throws Exception {
        try (Guest guest = Guest.start(folder)) {
            guest.device().script(6000, (host, port, reply) -> host.close());
            guest.device().script(6001, (host, port, reply) -> {
                Streams.write(host, "HTTP/1.1 400\r\n");
                host.close();
            });
            guest.device().script(6002, (host, port, reply) -> {
                Streams.write(host, "OK");
                host.close();
            });
            guest.device().script(6003, (host, port, reply) -> {
                host.read(java.nio.ByteBuffer.allocate(1)); // no answer until the host gives up
                host.close();
            });
            guest.device().script(6004, (host, port, reply) -> {
                Streams.write(host, reply);
                host.close();
            });
            assertNoneIsLeft(Machine.rounds(300), number -> {
                for (long refusing = 6000; refusing < 6003; refusing++) {
                    long port = refusing;
                    assertFails(ConnectException.class, () -> SocketChannel.open(guest.endpoint(port)));
                }
                try (SocketChannel client = SocketChannel.open()) {
                    client.configureBlocking(false);
                    client.connect(guest.endpoint(6003));
                }
                SocketChannel.open(guest.endpoint(6004)).close();
                selectAndClose(guest.endpoint(6004));
            });
        }
    }

    /** The channel is closed while a selector knows it. */
    private static void selectAndClose(VsockSocketAddress guest) throws IOException {
        try (Selector selector = Selector.open()) {
            SocketChannel client = SocketChannel.open();
            client.configureBlocking(false);
            client.connect(guest);
            client.register(selector, SelectionKey.OP_CONNECT);
            selector.select();
            client.finishConnect();
            client.close();
            selector.selectNow();
        }
    }

    @Test
    void ofListeners() throws Exception {
        Path own = Files.createDirectory(folder.resolve("own"));
        long first = Guest.newCid();
        long second = Guest.newCid();
        assertNoneIsLeft(Machine.rounds(300), number -> {
            try (ServerSocketChannel before = ServerSocketChannel.open();
                 ServerSocketChannel after = ServerSocketChannel.open(); Selector selector = Selector.open()) {
                before.bind(VsockSocketAddress.parse("vsock:any:0"));
                if (number % 2 == 0)
                    before.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
                try (VsockGuest one = Vsock.attach(first, own.resolve("v"))) {
                    after.bind(VsockSocketAddress.parse("vsock:any:0"));
                    Vsock.attach(second, own.resolve("w")).close();
                    if (number % 3 == 0)
                        after.close();
                }
            }
            try (Stream<Path> files = Files.list(own)) {
                assertEquals(List.of(), files.toList());
            }
        });
    }

    @Test
    void ofBindsThatFail() throws Exception {
        Path own = Files.createDirectory(folder.resolve("own"));
        Files.createFile(own.resolve("w_6000"));
        try (VsockGuest one = Vsock.attach(Guest.newCid(), own.resolve("v"));
             VsockGuest two = Vsock.attach(Guest.newCid(), own.resolve("w"))) {
            assertNoneIsLeft(Machine.rounds(300), number -> {
                try (ServerSocketChannel server = ServerSocketChannel.open()) {
                    assertFails(java.net.BindException.class,
                        () -> server.bind(VsockSocketAddress.parse("vsock:host:6000")));
                }
            });
        }
    }
}
