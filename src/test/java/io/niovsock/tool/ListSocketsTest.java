// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code ls} names the sockets of this JVM, and this JVM. */
class ListSocketsTest {
    private static final String THIS_JVM = "java\\(" + ProcessHandle.current().pid() + "\\) fd \\d+";

    @TempDir
    private Path folder;

    private static ServerSocketChannel listener() throws IOException {
        return ServerSocketChannel.open().bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0));
    }

    private static long portOf(ServerSocketChannel listener) throws IOException {
        return ((VsockSocketAddress) listener.getLocalAddress()).getVsockPort();
    }

    /** The endpoint of a listener that is bound to any CID: its emulation is bound to that of the process. */
    private static String here(ServerSocketChannel listener) throws IOException {
        return "vsock:(any|host|local):" + portOf(listener);
    }

    private static void assertLine(ToolRun run, String... columns) {
        String line = String.join(" +", columns);
        assertEquals(1, run.out().stream().filter(text -> text.matches(line)).count(), () -> line + "\n" + run);
    }

    @Test
    void aListenerIsNamedWithItsProcess() throws Exception {
        try (ServerSocketChannel listener = listener()) {
            ToolRun run = ToolRun.of("ls").succeeded();

            assertTrue(run.out().get(0).matches("TYPE +STATE +LOCAL +REMOTE +PROCESSES"), run::toString);
            assertLine(run, "stream", "listening", here(listener), "-", THIS_JVM);
        }
    }

    @Test
    void aConnectionIsNamedAtBothEnds() throws Exception {
        try (ServerSocketChannel listener = listener();
             SocketChannel client = SocketChannel.open(VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL,
                 portOf(listener)));
             SocketChannel server = listener.accept()) {
            ToolRun run = ToolRun.of("ls").succeeded();

            String clients = client.getLocalAddress().toString();
            String servers = here(listener);
            if (Machine.isEmulated()) { // AF_UNIX does not tell of the peer
                assertLine(run, "stream", "connected", clients, "-", THIS_JVM);
                assertLine(run, "stream", "connected", servers, "-", THIS_JVM);
            } else {
                assertLine(run, "stream", "connected", clients, servers, THIS_JVM);
                assertLine(run, "stream", "connected", servers, clients, THIS_JVM);
            }
            ToolRun listeners = ToolRun.of("ls", "--listening").succeeded();
            assertTrue(listeners.out().stream().noneMatch(line -> line.contains("connected")), listeners::toString);
            assertLine(listeners, "stream", "listening", here(listener), "-", THIS_JVM);
        }
    }

    @Test
    void recordsHaveATypeOfTheirOwn() throws Exception {
        try (ServerSocketChannel listener = ServerSocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)) {
            listener.bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0));

            assertLine(ToolRun.of("ls", "-l").succeeded(), "seqpacket", "listening", here(listener),
                "-", THIS_JVM);
        }
    }

    @Test
    void jsonHasTheSame() throws Exception {
        try (ServerSocketChannel listener = listener()) {
            ToolRun run = ToolRun.of("ls", "--json").succeeded();

            assertEquals(1, run.out().size(), run::toString);
            String object = "\\{\"type\":\"stream\",\"state\":\"listening\",\"local\":\"" + here(listener)
                + "\",\"remote\":null,\"inode\":\\d+,\"path\":null,\"processes\":\\[\\{\"pid\":"
                + ProcessHandle.current().pid() + ",\"name\":\"java\",\"fd\":\\d+\\}\\]\\}";
            assertTrue(run.out().get(0).matches("\\[.*" + object + ".*\\]"), run::toString);
        }
    }

    @Test
    void theFileAtWhichAGuestIsHeardIsNamed() throws Exception {
        Path socket = folder.resolve("vm.sock");
        try (VsockGuest guest = Vsock.attach(42, socket);
             ServerSocketChannel listener = listener()) {
            ToolRun run = ToolRun.of(ToolRun.jvm("ls").property("io.niovsock.hybrid", guest.getCid() + "=" + socket))
                .succeeded();

            assertLine(run, "stream", "listening", "vsock:host:" + portOf(listener), "vsock:42:any", THIS_JVM, "at",
                "\\Q" + socket + "_" + portOf(listener) + "\\E");
        }
    }

    @Test
    void aMalformedPropertyIsNamed() throws Exception {
        ToolRun run = ToolRun.of(ToolRun.jvm("ls").property("io.niovsock.hybrid", "nonsense"));

        assertTrue(run.failure(1).startsWith("nio-vsock: -Dio.niovsock.hybrid"), run::toString);
    }
}
