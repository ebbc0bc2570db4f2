// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What {@code doctor} finds out, and whether it says what helps. */
class DoctorTest {
    private static final Path STRACE = Path.of("/usr/bin/strace");
    private static final long ABSENT_CID = 4_000_000_000L;

    @TempDir
    private Path folder;

    /** The answer to a question, with its verdict; the next line is what helps, if there is any. */
    private static String answer(ToolRun run, String name) {
        return lines(run, name).get(0);
    }

    private static List<String> lines(ToolRun run, String name) {
        List<String> out = run.out();
        for (int i = 0; i < out.size(); i++)
            if (out.get(i).matches("(ok|note|problem) +\\Q" + name + "\\E: .*"))
                return out.subList(i, Math.min(i + 2, out.size())).stream()
                    .map(line -> line.strip().replaceFirst(" +", " ")).toList();
        throw new AssertionError("no " + name + " in " + run);
    }

    private static void assertProblem(ToolRun run, String name, String answer, String cure) {
        assertEquals(1, run.status(), run::toString);
        assertEquals(List.of(), run.err());
        assertTrue(answer(run, name).startsWith("problem " + name + ": " + answer), run::toString);
        assertTrue(lines(run, name).get(1).startsWith("-> ") && lines(run, name).get(1).contains(cure), run::toString);
    }

    @Test
    void everyLineHasAVerdict() throws Exception {
        ToolRun run = ToolRun.of("doctor").succeeded();

        int last = run.out().size() - 1;
        assertTrue(run.out().get(last).matches("problems: 0, notes: \\d+"), run::toString);
        for (String line : run.out().subList(0, last))
            assertTrue(line.matches("(ok|note|problem) {1,7}\\S.*: .+| {9}  -> .+"), line);
        for (String name : List.of("kernel", "module vsock", "module vsock_diag", "device /dev/vsock", "seccomp",
            "open files", "nio-vsock", "JDK", "native access", "system properties", "available",
            "SocketChannel.open()", "java.net sockets", "rules", "local CID", "role", "loopback", "attached guests"))
            answer(run, name);
    }

    @Test
    void theSameIsHadAsJson() throws Exception {
        ToolRun text = ToolRun.of("doctor").succeeded();
        ToolRun json = ToolRun.of("doctor", "--json").succeeded();

        assertEquals(1, json.out().size(), json::toString);
        String array = json.out().get(0);
        assertTrue(array.startsWith("[{\"name\":\"kernel\",\"answer\":\"Linux "), array);
        assertEquals(text.out().stream().filter(line -> line.matches("(ok|note|problem) .*")).count(),
            array.split("\"verdict\":\"(ok|note|problem)\",\"cure\":(null|\"[^\"]+\")", -1).length - 1, array);
    }

    @Test
    void anEndpointThatListensIsReached() throws Exception {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            long port = portOf(listener.bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0)));
            for (String endpoint : List.of("vsock:local:" + port, "1:" + port)) {
                ToolRun run = ToolRun.of("doctor", endpoint).succeeded();
                assertTrue(answer(run, "connect").matches("ok connect: connected in [0-9.]+ ms, from vsock:.*"),
                    run::toString);
            }
        }
    }

    private static long portOf(ServerSocketChannel listener) throws IOException {
        return ((VsockSocketAddress) listener.getLocalAddress()).getVsockPort();
    }

    @Test
    void aPortWithoutAListenerRefuses() throws Exception {
        long port;
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            port = portOf(listener.bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0)));
        }
        assertProblem(ToolRun.of("doctor", "vsock:local:" + port), "connect", "refused (Connection refused: ",
            "start the server there, at port " + port);
    }

    @Test
    void noMachineHasTheCid() throws Exception {
        ToolRun run = ToolRun.of("doctor", "vsock:" + ABSENT_CID + ":5000");

        if (Machine.isEmulated()) // as names of AF_UNIX, all CIDs are of this machine
            assertProblem(run, "connect", "refused (", "start the server there");
        else
            assertProblem(run, "connect", "no way there (", "this machine is no guest and no host");
    }

    @Test
    void aMonitorThatDoesNotRunIsNamed() throws Exception {
        Path socket = folder.resolve("vm.sock");
        ToolRun run = ToolRun.of(ToolRun.jvm("doctor", "42:5000").property("io.niovsock.hybrid", "42=" + socket));

        assertProblem(run, "connect", "no way there (", "start the virtual machine, or correct the path");
        assertTrue(answer(run, "connect").contains(socket.toString()), run::toString);
        assertTrue(answer(run, "attached guests").contains(socket.toString()), run::toString);
    }

    @Test
    void aSocketThatIsNoMonitorsIsToldFromOne() throws Exception {
        ToolRun run = attachedTo(channel -> {
            channel.read(ByteBuffer.allocate(100));
            channel.write(US_ASCII.encode("220 mail\r\n"));
        });

        assertProblem(run, "connect", "no handshake (", "-Dio.niovsock.hybrid must name the socket");
        assertTrue(answer(run, "connect").contains("answered '220 mail'"), run::toString);
    }

    @Test
    void aMonitorThatDoesNotAnswerIsWaitedForAsLongAsAsked() throws Exception {
        ToolRun run = attachedTo(channel -> {
            while (channel.read(ByteBuffer.allocate(100)) >= 0)
                Thread.onSpinWait(); // reads block until the tool has given up
        });

        assertProblem(run, "connect", "no answer within 500 ms", "has stopped, is still booting");
    }

    private interface Conversation {
        void with(SocketChannel channel) throws IOException;
    }

    private ToolRun attachedTo(Conversation monitor) throws Exception {
        Path socket = folder.resolve("vm.sock");
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(socket));
            try (Background<Void> accepting = Background.start(() -> {
                try (SocketChannel channel = listener.accept()) {
                    monitor.with(channel);
                }
                return null;
            })) {
                ToolRun run = ToolRun.of(ToolRun.jvm("doctor", "42:5000", "--timeout", "0.5")
                    .property("io.niovsock.hybrid", "42=" + socket));
                accepting.result();
                return run;
            }
        }
    }

    @Test
    void anotherProviderIsAProblem() throws Exception {
        String provider = "java.nio.channels.spi.SelectorProvider";
        ToolRun run = ToolRun.of(ToolRun.jvm("doctor").property(provider, "sun.nio.ch.EPollSelectorProvider"));

        assertEquals(1, run.status(), run::toString);
        assertTrue(answer(run, "SocketChannel.open()").startsWith("problem "), run::toString);
        assertTrue(answer(run, "SocketChannel.open()").contains(provider), run::toString);
    }

    @Test
    void aLibraryThatCannotBeLoadedIsAProblemAndNothingIsTried() throws Exception {
        ToolRun run = ToolRun.of(ToolRun.jvm("doctor", "vsock:local:5000")
            .property("io.niovsock.library", "/nonexistent"));

        assertProblem(run, "connect", "not tried", "see `available` above");
        assertTrue(answer(run, "available").startsWith("problem available: no ("), run::toString);
        assertTrue(answer(run, "available").contains("/nonexistent"), run::toString);
    }

    @Test
    void aKernelWithoutVsockIsToldFromAFilter() throws Exception {
        String program = CProgram.of("no_vsock");
        String name = "sockets of that family";

        assertProblem(ToolRun.of(kernel().under(program)), name, "no (Address family not supported by protocol)",
            "modprobe vsock");
        ToolRun denied = ToolRun.of(kernel().under(program, "--denied"));
        assertProblem(denied, name, "no (Operation not permitted)", "allow socket(AF_VSOCK) in the seccomp profile");
        assertTrue(answer(denied, "seccomp").startsWith("note seccomp: this process is filtered"), denied::toString);
        assertFalse(denied.out().stream().anyMatch(line -> line.contains("loopback: ") && line.contains("modprobe")),
            denied::toString);
    }

    /** Under the filter, the JVM gets no socket of the kernel's vsock. */
    private static ChildJvm kernel() {
        return ToolRun.jvm("doctor").property("io.niovsock.transport", "kernel");
    }

    /** Neither by vsock, nor by its emulation, nor by a network. */
    @Test
    void withoutAnEndpointNothingIsSent() throws Exception {
        assertEquals(List.of(), sent("doctor").toList());
    }

    /** Shows that the test sees what is sent. */
    @Test
    void withAnEndpointAConnectIsSeen() throws Exception {
        assertTrue(sent("doctor", "vsock:local:5000").anyMatch(call -> call.contains("connect(")));
    }

    private Stream<String> sent(String... args) throws Exception {
        if (!Files.isExecutable(STRACE))
            throw Skip.because("no strace: apt-get install strace");
        Path trace = folder.resolve("trace");
        ToolRun run = ToolRun.of(ToolRun.jvm(args).under(STRACE.toString(), "-f", "--seccomp-bpf", "-qq",
            "-o", trace.toString(), "-e", "trace=connect,sendto,sendmsg,sendmmsg,write"));
        assertEquals(args.length - 1, run.status(), run::toString); // nothing listens
        List<String> calls = Files.readAllLines(trace);
        assertTrue(calls.stream().anyMatch(call -> call.contains("write(1, ")), "the trace has the output");
        return calls.stream().filter(call -> call.matches("\\d+ +(connect|send\\w+)\\(.*")
            && (call.contains("AF_VSOCK") || call.contains("AF_INET") || call.contains("niovsock/")));
    }
}
