// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary On the emulated transport two processes play host and guest: each has its own CID, and sees the other's
 * @library /lib
 * @build vsocktest.* TwoMachines
 * @run main/othervm TwoMachines
 */

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import vsocktest.ChildJvm;

import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class TwoMachines {
    // even if the test's transport is another
    private static final String EMULATED = "-Dio.niovsock.transport=emulated";

    public static void main(String[] args) throws Exception {
        String classes = ChildJvm.testClassesAndLibrary();
        try (ChildJvm host = ChildJvm.start(EMULATED, "-cp", classes, "TwoMachines$Host")) {
            String port = host.lineAfter("port ");
            ChildJvm.run(EMULATED, "-Dio.niovsock.localCid=42", "-cp", classes, "TwoMachines$Guest", port)
                .succeeds().prints("guest: CID 42, to vsock:host:" + port);
            host.awaitEnd().succeeds().prints("host: CID 2, from vsock:42:");
        }
    }

    public static class Host {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open()
                .bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0))) {
                System.out.println("port " + ((VsockSocketAddress) server.getLocalAddress()).getVsockPort());
                try (SocketChannel guest = server.accept()) {
                    System.out.println("host: CID " + Vsock.localCid() + ", from " + guest.getRemoteAddress());
                    guest.write(ByteBuffer.wrap(new byte[1]));
                }
            }
        }
    }

    public static class Guest {
        public static void main(String[] args) throws Exception {
            VsockSocketAddress host = VsockSocketAddress.of(VsockSocketAddress.CID_HOST, Long.parseLong(args[0]));
            try (SocketChannel channel = SocketChannel.open(host)) {
                while (channel.read(ByteBuffer.allocate(10)) >= 0)
                    continue;
                System.out.println("guest: CID " + Vsock.localCid() + ", to " + channel.getRemoteAddress());
            }
        }
    }
}
