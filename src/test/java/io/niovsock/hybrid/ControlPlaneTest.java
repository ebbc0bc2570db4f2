// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Examples;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The example that talks to several guests, with played devices. */
class ControlPlaneTest {
    @TempDir
    private Path folder;

    private PlayedDevice start(String name, PlayedDevice.Monitor monitor) throws Exception {
        return PlayedDevice.start(folder.resolve(name), monitor);
    }

    @Test
    void itHearsEachGuest() throws Exception {
        Examples.compile(folder);
        try (PlayedDevice first = start("a", PlayedDevice.Monitor.FIRECRACKER).listen(5000);
             PlayedDevice second = start("b", PlayedDevice.Monitor.VHOST_DEVICE_VSOCK).listen(5000);
             PlayedDevice refusing = start("c", PlayedDevice.Monitor.CLOUD_HYPERVISOR)) {
            Process process = Examples.run(folder, "ControlPlane", "42=" + first.socket(), "43=" + second.socket(),
                "44=" + refusing.socket()).start();
            answer(first, "busy");
            answer(second, "idle");
            ChildJvm.Result result = ChildJvm.finish(process).succeeded();
            Set<String> lines = Set.copyOf(result.lines());
            assertTrue(lines.containsAll(Set.of("the agent of 42: busy", "the agent of 43: idle",
                "an event of 42: busy now", "an event of 43: idle now")), result::text);
            assertTrue(result.text().contains("the agent of 44: Connection refused: connect to vsock:44:5000"),
                result::text);
            assertEquals(5, result.lines().size(), result::text);
            assertFalse(Files.exists(first.fileOf(6000)));
        }
    }

    private static void answer(PlayedDevice device, String state) throws Exception {
        try (SocketChannel agent = device.accept(5000)) {
            assertEquals("state?\n", Streams.readText(agent, 7));
            Streams.write(agent, state + "\n");
        }
        Await.until(() -> "no file for events", () -> Files.exists(device.fileOf(6000)));
        try (SocketChannel event = device.connectToHost(6000)) {
            Streams.write(event, state + " now\n");
        }
    }
}
