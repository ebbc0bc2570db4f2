// SPDX-License-Identifier: Apache-2.0
package io.niovsock.endpoint;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.AccessControlContext;
import java.security.AccessController;
import java.security.Permission;
import java.security.Policy;
import java.security.PrivilegedAction;
import java.security.PrivilegedExceptionAction;
import java.security.ProtectionDomain;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Vsock asks a security manager for the same permissions as TCP. */
class SecurityManagerTest {
    @BeforeEach
    void requireSecurityManagers() {
        if (Runtime.version().feature() >= 24)
            Skip.because("this JDK has no security managers: run the test on a JDK before 24");
    }

    /** Allows all but one kind of use of sockets, and prints what it refuses. */
    @SuppressWarnings("removal")
    private static final class Refusing extends SecurityManager {
        volatile String refused = "nothing";

        @Override
        public void checkPermission(Permission permission) { }

        @Override
        public void checkConnect(String host, int port) {
            if (refused.equals("connect"))
                throw new SecurityException("connect to [" + host + "]:" + (port == 5000 ? "5000" : "chosen"));
        }

        @Override
        public void checkListen(int port) {
            if (refused.equals("listen"))
                throw new SecurityException("listen at " + port);
        }

        @Override
        public void checkAccept(String host, int port) {
            if (refused.equals("accept"))
                throw new SecurityException("accept from [" + host + "]");
        }
    }

    private interface Attempt {
        void run() throws Exception;
    }

    private static void show(Attempt attempt) throws Exception {
        try {
            attempt.run();
            System.out.println("allowed");
        } catch (SecurityException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }

    @SuppressWarnings("removal")
    private static Refusing install() {
        Refusing manager = new Refusing();
        System.setSecurityManager(manager);
        return manager;
    }

    private static ChildJvm jvm(Class<?> program) {
        return ChildJvm.of(program).property("java.security.manager", "allow");
    }

    private static String host(long cid, long port) {
        return VsockSocketAddress.of(cid, port).getAddress().getHostAddress();
    }

    static final class Streams {
        public static void main(String[] args) throws Exception {
            Refusing manager = install();
            try (ServerSocketChannel server = ServerSocketChannel.open()
                .bind(VsockSocketAddress.parse("vsock:local:0"))) {
                SocketAddress local = server.getLocalAddress();
                manager.refused = "connect";
                show(() -> SocketChannel.open(VsockSocketAddress.parse("vsock:local:5000")).close());
                show(() -> SocketChannel.open(VsockProtocolFamily.VSOCK)
                    .connect(VsockSocketAddress.parse("vsock:local:5000")));
                manager.refused = "listen";
                show(() -> ServerSocketChannel.open().bind(VsockSocketAddress.parse("vsock:local:5001")));
                show(() -> SocketChannel.open().bind(VsockSocketAddress.parse("vsock:local:5002")));
                manager.refused = "accept";
                try (SocketChannel client = SocketChannel.open(local)) {
                    show(() -> server.accept().close());
                    System.out.println("the client reads " + client.read(ByteBuffer.allocate(1)));
                }
                manager.refused = "nothing";
                try (SocketChannel client = SocketChannel.open(local)) {
                    show(() -> server.accept().close());
                }
            }
        }
    }

    @Test
    void ofStreams() throws Exception {
        String local = host(VsockSocketAddress.CID_LOCAL, 5000);
        assertEquals(List.of("refused: connect to [" + local + "]:5000", "refused: connect to [" + local + "]:5000",
            "refused: listen at 5001", "refused: listen at 5002", "refused: accept from [" + local + "]",
            "the client reads -1", "allowed"),
            jvm(Streams.class).run().succeeded().lines().stream().filter(line -> !line.startsWith("WARNING")).toList());
    }

    static final class Datagrams {
        public static void main(String[] args) throws Exception {
            Refusing manager = install();
            try (DatagramChannel receiver = DatagramChannel.open().bind(VsockSocketAddress.parse("vsock:local:0"));
                 DatagramChannel sender = DatagramChannel.open(VsockProtocolFamily.VSOCK)) {
                SocketAddress local = receiver.getLocalAddress();
                receiver.configureBlocking(false);
                manager.refused = "connect";
                show(() -> sender.send(ByteBuffer.wrap(new byte[1]), VsockSocketAddress.parse("vsock:local:5000")));
                show(() -> sender.connect(VsockSocketAddress.parse("vsock:local:5000")));
                manager.refused = "listen";
                show(() -> DatagramChannel.open().bind(VsockSocketAddress.parse("vsock:local:5001")));
                manager.refused = "accept";
                sender.send(ByteBuffer.wrap(new byte[] { 1 }), local);
                System.out.println("received from " + receiver.receive(ByteBuffer.allocate(1)));
                manager.refused = "nothing";
                sender.send(ByteBuffer.wrap(new byte[] { 2 }), local);
                ByteBuffer received = ByteBuffer.allocate(1);
                receiver.receive(received);
                System.out.println("received " + received.get(0));
            }
        }
    }

    @Test
    void ofDatagrams() throws Exception {
        if (!Machine.isEmulated())
            Skip.because("the kernel's loopback carries no datagrams: run the test on the emulated transport");
        String local = host(VsockSocketAddress.CID_LOCAL, 5000);
        assertEquals(List.of("refused: connect to [" + local + "]:5000", "refused: connect to [" + local + "]:5000",
            "refused: listen at 5001", "received from null", "received 2"),
            jvm(Datagrams.class).run().succeeded().lines().stream().filter(line
                -> !line.startsWith("WARNING")).toList());
    }

    /** Grants everything, to every class. */
    @SuppressWarnings("removal")
    private static final class Granting extends Policy {
        @Override
        public boolean implies(ProtectionDomain domain, Permission permission) {
            return true;
        }
    }

    static final class Adaptors {
        @SuppressWarnings("removal")
        public static void main(String[] args) throws Exception {
            try (SocketChannel socket = SocketChannel.open(VsockProtocolFamily.VSOCK);
                 SocketChannel deferred = SocketChannel.open();
                 ServerSocketChannel server = ServerSocketChannel.open(VsockProtocolFamily.VSOCK);
                 ServerSocketChannel deferredServer = ServerSocketChannel.open()) {
                Policy.setPolicy(new Granting());
                System.setSecurityManager(new SecurityManager());
                AccessControlContext nothing = new AccessControlContext(
                    new ProtectionDomain[] { new ProtectionDomain(null, null) });
                for (PrivilegedAction<Object> call : List.<PrivilegedAction<Object>>of(socket::socket,
                    deferred::socket, server::socket, deferredServer::socket))
                    show(() -> AccessController.doPrivileged(call, nothing));
            }
        }
    }

    @Test
    void aSocketOfAChannelTakesNoPermission() throws Exception {
        assertEquals(List.of("allowed", "allowed", "allowed", "allowed"),
            jvm(Adaptors.class).run().succeeded().lines().stream()
                .filter(line -> !line.startsWith("WARNING")).toList());
    }

    static final class Transfers {
        @SuppressWarnings("removal")
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open()
                     .bind(VsockSocketAddress.parse("vsock:local:0"));
                 SocketChannel client = SocketChannel.open(server.getLocalAddress());
                 SocketChannel accepted = server.accept()) {
                Policy.setPolicy(new Granting());
                System.setSecurityManager(new SecurityManager());
                AccessControlContext nothing = new AccessControlContext(
                    new ProtectionDomain[] { new ProtectionDomain(null, null) });
                show(() -> AccessController.doPrivileged((PrivilegedExceptionAction<Integer>)
                    () -> client.write(ByteBuffer.allocate(1)), nothing));
                show(() -> AccessController.doPrivileged((PrivilegedExceptionAction<Integer>)
                    () -> accepted.read(ByteBuffer.allocate(1)), nothing));
            }
        }
    }

    /** Nor if it is the first one, for which classes of this library are initialised. */
    @Test
    void aTransferTakesNoPermission() throws Exception {
        assertEquals(List.of("allowed", "allowed"), jvm(Transfers.class).run().succeeded().lines().stream()
            .filter(line -> !line.startsWith("WARNING")).toList());
    }
}
