// SPDX-License-Identifier: Apache-2.0
package io.niovsock.interop;

import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Examples;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The pairs of {@code examples/} that VMware introduced VM sockets with, and the same programs in C, in every
 * combination.
 */
class ClassicPairsTest {
    private static final long VMCI_CID = 2; // the CID for datagrams on a machine without a hypervisor

    @TempDir
    private static Path classes;

    private enum Language { JAVA, C }

    @BeforeAll
    static void compileTheExamples() throws Exception {
        Examples.compile(classes);
    }

    private static Process start(Language language, String javaName, String cName, Object... arguments)
        throws IOException {
        if (language == Language.JAVA)
            return Examples.run(classes, javaName, arguments).start();
        if (Machine.isEmulated())
            throw Skip.because("programs in C speak the kernel's vsock only: testvm/run, with --vmci for datagrams");
        String[] command = new String[arguments.length + 1];
        command[0] = CProgram.of(cName);
        for (int i = 0; i < arguments.length; i++)
            command[i + 1] = arguments[i].toString();
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static BufferedReader outputOf(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream()));
    }

    private static Matcher expect(String pattern, BufferedReader output) throws IOException {
        String line = output.readLine();
        assertNotNull(line, () -> "the output ends before " + pattern);
        Matcher matcher = Pattern.compile(pattern).matcher(line);
        assertTrue(matcher.matches(), () -> pattern + ": " + line);
        return matcher;
    }

    private static void assertEnds(Process process, BufferedReader output) throws Exception {
        assertEquals(null, output.readLine());
        assertEquals(List.of(), ChildJvm.finish(process).succeeded().lines());
    }

    @ParameterizedTest
    @CsvSource({ "JAVA, JAVA", "JAVA, C", "C, JAVA", "C, C" })
    void whatAClientSendsItsServerReceives(Language serverIn, Language clientIn) throws Exception {
        Process server = start(serverIn, "StreamServer", "stream_server");
        try (BufferedReader serverSays = outputOf(server)) {
            Matcher where = expect("listening at CID (\\d+), port (\\d+)", serverSays);
            Process client = start(clientIn, "StreamClient", "stream_client", where.group(1), where.group(2));
            try (BufferedReader clientSays = outputOf(client)) {
                expect("connected to CID " + where.group(1) + ", port " + where.group(2), clientSays);
                expect("buffer size \\d+", clientSays);
                expect("accepted CID \\d+, port \\d+", serverSays);
                expect("buffer size 32768", serverSays);
                client.getOutputStream().close();
                String bytes = expect("sent (\\d+) bytes", clientSays).group(1);
                assertTrue(Long.parseLong(bytes) > 0);
                expect("received " + bytes + " bytes", serverSays);
                assertEnds(client, clientSays);
                assertEnds(server, serverSays);
            } finally {
                client.destroyForcibly().waitFor();
            }
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    @ParameterizedTest
    @CsvSource({ "JAVA, JAVA", "JAVA, C", "C, JAVA", "C, C" })
    void theDatagramsOfAClientItsServerAnswers(Language serverIn, Language clientIn) throws Exception {
        Process server = start(serverIn, "DatagramServer", "datagram_server");
        try (BufferedReader serverSays = outputOf(server)) {
            String line = serverSays.readLine();
            if (line != null && line.contains("No such device"))
                throw Skip.because("no transport carries datagrams here: testvm/run --vmci");
            Matcher where = Pattern.compile("listening at CID (\\d+), port (\\d+)").matcher(String.valueOf(line));
            assertTrue(where.matches(), line);
            Object cid = Machine.isEmulated() ? where.group(1) : VMCI_CID;
            Process client = start(clientIn, "DatagramClient", "datagram_client", cid, where.group(2));
            try (BufferedReader clientSays = outputOf(client)) {
                expect("sending to CID " + cid + ", port " + where.group(2), clientSays);
                client.getOutputStream().write('\n');
                client.getOutputStream().close();
                Matcher sent = expect("sent (\\d+) datagrams, (\\d+) bytes", clientSays);
                assertEquals(1000 * Long.parseLong(sent.group(1)), Long.parseLong(sent.group(2)));
                expect("received " + sent.group(1) + " datagrams, " + sent.group(2) + " bytes", serverSays);
                assertEnds(client, clientSays);
                assertEnds(server, serverSays);
            } finally {
                client.destroyForcibly().waitFor();
            }
        } finally {
            server.destroyForcibly().waitFor();
        }
    }
}
