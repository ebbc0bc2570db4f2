// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.NetPermission;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.Permission;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A security manager is asked before a guest is attached, reached or heard. */
class PermissionsTest {
    @TempDir
    private Path folder;

    /** Refuses one kind of permission, and allows all others. */
    @SuppressWarnings("removal")
    private static final class Refusing extends SecurityManager {
        volatile String refused = "nothing";

        @Override
        public void checkPermission(Permission permission) {
            if (refused.equals("attach") && permission instanceof NetPermission)
                throw new SecurityException(permission.getName());
        }

        @Override
        public void checkConnect(String host, int port) {
            if (refused.equals("connect"))
                throw new SecurityException("connect to " + host + " port " + port);
        }

        @Override
        public void checkAccept(String host, int port) {
            if (refused.equals("accept"))
                throw new SecurityException("accept from " + host + " port " + port);
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

    static final class Managed {
        @SuppressWarnings("removal")
        public static void main(String[] args) throws Exception {
            Path socket = Path.of(args[0]);
            SocketAddress guest = VsockSocketAddress.of(42, Guest.PORT);
            Refusing manager = new Refusing();
            System.setSecurityManager(manager);
            manager.refused = "attach";
            show(() -> Vsock.attach(42, socket));
            manager.refused = "nothing";
            show(() -> Vsock.attach(42, socket));
            manager.refused = "connect";
            show(() -> SocketChannel.open(guest));
            manager.refused = "nothing";
            show(() -> SocketChannel.open(guest).close());
            try (ServerSocketChannel server = ServerSocketChannel.open()
                .bind(VsockSocketAddress.parse("vsock:host:6000"));
                 SocketChannel end = SocketChannel.open(UnixDomainSocketAddress.of(socket + "_6000"))) {
                manager.refused = "accept";
                show(server::accept);
                System.out.println("the guest reads " + end.read(ByteBuffer.allocate(1)));
            }
        }
    }

    @Test
    void aSecurityManagerIsAsked() throws Exception {
        if (Runtime.version().feature() >= 24)
            Skip.because("this JDK has no security managers: run the test on a JDK before 24");
        try (PlayedDevice device = PlayedDevice.start(folder.resolve("v"), PlayedDevice.Monitor.FIRECRACKER)
            .listen(Guest.PORT)) {
            List<String> lines = ChildJvm.of(Managed.class).property("java.security.manager", "allow")
                .arguments(device.socket()).run().succeeded().lines().stream()
                .filter(line -> !line.startsWith("WARNING")).toList();
            String host = VsockSocketAddress.of(42, Guest.PORT).getAddress().getHostAddress();
            String unknown = VsockSocketAddress.of(42, VsockSocketAddress.PORT_ANY).getAddress().getHostAddress();
            assertEquals(List.of("refused: accessUnixDomainSocket", "allowed",
                "refused: connect to " + host + " port 5000", "allowed",
                "refused: accept from " + unknown + " port 65535", "the guest reads -1"), lines);
        }
    }
}
