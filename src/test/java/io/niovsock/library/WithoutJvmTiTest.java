// SPDX-License-Identifier: Apache-2.0
package io.niovsock.library;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A native image does not have JVM TI. An agent hides it from this JVM, too. */
class WithoutJvmTiTest {
    static final class Register {
        public static void main(String[] args) throws IOException {
            if (!Vsock.isAvailable())
                System.out.println("cause: " + Vsock.unavailabilityCause());
            try (Selector selector = Selector.open(); SocketChannel tcp = SocketChannel.open()) {
                tcp.configureBlocking(false);
                tcp.register(selector, SelectionKey.OP_READ);
                System.out.println("TCP registered " + tcp.isRegistered());
            }
            try (Selector selector = Selector.open();
                    SocketChannel vsock = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                vsock.configureBlocking(false);
                vsock.register(selector, SelectionKey.OP_CONNECT);
                System.out.println("vsock registered " + vsock.isRegistered());
            } catch (IOException e) {
                System.out.println("IOException: " + e.getMessage());
            }
        }
    }

    private static ChildJvm jvm() {
        return ChildJvm.of(Register.class).option("-agentpath:" + CProgram.agent("without_jvmti"));
    }

    @Test
    void theCauseNamesTheOptionThatIsMissing() throws Exception {
        ChildJvm.Result result = jvm().run().succeeded();
        String cause = result.lines().stream().filter(line -> line.startsWith("cause: ")).findFirst().orElse("none");
        assertTrue(cause.contains("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"), result::text);
        assertTrue(result.lines().contains("TCP registered true"), result::text);
        assertTrue(result.lines().stream().anyMatch(line -> line.startsWith("IOException: ")), result::text);
    }

    @Test
    void theOptionIsEnough() throws Exception {
        List<String> registered = List.of("TCP registered true", "vsock registered true");
        ChildJvm exporting = jvm().option("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");
        assertEquals(registered, exporting.run().succeeded().lines());
    }
}
