// SPDX-License-Identifier: Apache-2.0
package io.niovsock.interop;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A run of messages.py, which first prints its endpoint. */
record PythonPeer(Process process, VsockSocketAddress endpoint) implements AutoCloseable {
    static PythonPeer start(Path folder, Object... arguments) throws IOException {
        Path script = folder.resolve("messages.py");
        try (InputStream source = PythonPeer.class.getResourceAsStream("messages.py")) {
            Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
        }
        Path python = Path.of("/usr/bin/python3"); // the system's Python: one built elsewhere may not support AF_VSOCK
        if (!Files.isExecutable(python))
            throw Skip.because("no " + python + ": install python3");
        List<String> command = new ArrayList<>(List.of(python.toString(), script.toString(), Machine.peerTransport()));
        for (Object argument : arguments)
            command.add(argument.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        StringBuilder line = new StringBuilder();
        for (int b = process.getInputStream().read(); b >= 0 && b != '\n'; b = process.getInputStream().read())
            line.append((char) b);
        String[] words = line.toString().split(" ");
        assertEquals("at", words[0], line::toString);
        return new PythonPeer(process, VsockSocketAddress.of(Long.parseLong(words[1]), Long.parseLong(words[2])));
    }

    /** The peer ends with status 0 and without further output. */
    void succeeds() throws Exception {
        assertEquals(List.of(), ChildJvm.finish(process).succeeded().lines());
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        process.getInputStream().close();
        process.getOutputStream().close();
    }
}
