// SPDX-License-Identifier: Apache-2.0
package io.niovsock.monitor;

import io.niovsock.VsockMXBean;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The examples and tables of {@code docs/monitoring.md}: commands and Java code run, and nothing is left out. */
class MonitoringExamplesTest {
    private static final Pattern BLOCK = Pattern.compile("(?s)```(\\w*)\n(.*?)```");
    private static final Pattern FIELD = Pattern.compile("(?m)^  (\\w+) = ");
    private static final Pattern FIELD_ROW = Pattern.compile("(?m)^\\| (`[^|]*`) \\| ((?:all|[A-Z])[^|]*) \\|");
    private static final Pattern ATTRIBUTE_ROW = Pattern.compile("(?m)^\\| (`[A-Z][^|]*`) \\|");
    private static final Pattern NAME = Pattern.compile("`(\\w+)`");
    private static final int FIRST_WITH_VIEWS = 21;
    private static final List<String> EVENTS = List.of("Connect", "Accept", "Close", "Reset");

    @TempDir
    private Path folder;

    private static String document() throws IOException {
        return Files.readString(Path.of("docs/monitoring.md"));
    }

    private static List<String> blocks(String language) throws IOException {
        return BLOCK.matcher(document()).results().filter(block -> block.group(1).equals(language))
            .map(block -> block.group(2)).toList();
    }

    private ChildJvm jvm(ChildJvm program) {
        return program.property("io.niovsock.transport", "emulated")
            .property("io.niovsock.emulated.namespace", "MonitoringExamples" + ProcessHandle.current().pid());
    }

    /** Waits for a line, and then connects, is refused, and is reset. */
    static final class Program {
        public static void main(String[] args) throws IOException {
            System.out.println("ready");
            System.in.readNBytes(1);
            VsockSocketAddress endpoint = VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 5000);
            assertThrows(ConnectException.class, () -> SocketChannel.open(endpoint));
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(endpoint);
                 SocketChannel client = SocketChannel.open(endpoint)) {
                server.accept().close();
                assertThrows(IOException.class, () -> client.write(ByteBuffer.allocate(1)));
            }
            System.out.println("done");
            System.in.readAllBytes();
        }
    }

    /** Runs a command in the folder, with the tools of this JDK first. */
    private String shell(String command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", command).directory(folder.toFile())
            .redirectErrorStream(true);
        builder.environment().merge("PATH", Path.of(System.getProperty("java.home"), "bin").toString(),
            (path, ours) -> ours + ":" + path);
        Process process = builder.start();
        process.getOutputStream().close();
        return ChildJvm.finish(process).succeeded().text();
    }

    /** What the commands print, of which the first starts a recording. */
    private String recordedBy(List<String> commands) throws Exception {
        Process program = jvm(ChildJvm.of(Program.class)).start();
        StringBuilder printed = new StringBuilder();
        try (BufferedReader output = program.inputReader(StandardCharsets.UTF_8);
             Writer input = program.outputWriter(StandardCharsets.UTF_8)) {
            assertEquals("ready", output.readLine());
            boolean begins = true;
            for (String command : commands) {
                String text = shell(command.replace("PID", Long.toString(program.pid()))
                    .replace("filename=", "filename=" + folder + "/"));
                printed.append(text).append('\n');
                if (begins) {
                    begins = false;
                    input.write("\n");
                    input.flush();
                    assertEquals("done", output.readLine());
                }
            }
        } finally {
            program.destroy();
            program.waitFor();
        }
        return printed.toString();
    }

    private static List<String> fieldsOf(String event) {
        return FIELD.matcher(event).results().map(field -> field.group(1)).toList();
    }

    @Test
    void theCommandsPrintTheEventsAsThePageShowsThem() throws Exception {
        List<String> commands = blocks("sh").get(0).lines().toList();
        String printed = recordedBy(commands);
        if (Runtime.version().feature() >= FIRST_WITH_VIEWS)
            for (String view : blocks("sh").get(1).lines().toList())
                assertTrue(shell(view).matches("(?s).*Vsock (Connect|Close).*"), view);
        TreeMap<String, TreeSet<String>> fields = new TreeMap<>();
        for (String event : printed.split("\n(?=io\\.niovsock\\.)"))
            fields.merge(event.replaceFirst("(?s).*?io\\.niovsock\\.(\\w+) \\{.*", "$1"),
                new TreeSet<>(fieldsOf(event)), (one, other) -> {
                    one.addAll(other);
                    return one;
                });
        assertTrue(fields.keySet().containsAll(EVENTS), printed);

        String shown = blocks("").stream().filter(block -> block.startsWith("io.niovsock.Connect")).findFirst()
            .orElseThrow();
        String refused = Arrays.stream(printed.split("\n(?=io\\.niovsock\\.)"))
            .filter(event -> event.contains("connected = false")).findFirst().orElseThrow();
        assertEquals(fieldsOf(refused), fieldsOf(shown));
        assertTrue(refused.contains("error = \"Connection refused: connect to vsock:local:5000: no listener on that"
            + " port, or its backlog is full\""), refused);

        for (String event : EVENTS) {
            TreeSet<String> told = fields.get(event);
            told.removeAll(List.of("startTime", "eventThread", "stackTrace"));
            if (!event.equals("Connect"))
                told.remove("duration"); // JDK 17 prints it for each event
            assertEquals(documentedFieldsOf(event), told, event);
        }
    }

    private static TreeSet<String> documentedFieldsOf(String event) throws IOException {
        TreeSet<String> documented = new TreeSet<>();
        for (MatchResult row : FIELD_ROW.matcher(document()).results().toList())
            if (row.group(2).equals("all") || List.of(row.group(2).split(", ")).contains(event))
                NAME.matcher(row.group(1)).results().forEach(name -> documented.add(name.group(1)));
        return documented;
    }

    @Test
    void aThresholdLeavesOutTheFastConnects() throws Exception {
        String start = Pattern.compile("`(jcmd PID JFR.start [^`]*threshold=[^`]*)`").matcher(document()).results()
            .findFirst().orElseThrow().group(1);
        List<String> others = blocks("sh").get(0).lines().skip(1).map(line -> line.replace(" name=vsock", "")).toList();
        String printed = recordedBy(Stream.concat(Stream.of(start.replace("20ms", "1h")), others.stream()).toList());
        assertTrue(printed.contains("io.niovsock.Close {"), printed);
        assertTrue(!printed.contains("io.niovsock.Connect {"), printed);
    }

    @Test
    void everyAttributeIsOnThePage() throws IOException {
        TreeSet<String> documented = ATTRIBUTE_ROW.matcher(document()).results()
            .flatMap(row -> NAME.matcher(row.group(1)).results()).map(name -> "get" + name.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Arrays.stream(VsockMXBean.class.getMethods()).map(method -> method.getName())
            .collect(Collectors.toCollection(TreeSet::new)), documented);
    }

    @Test
    void theJavaCodeRuns() throws Exception {
        List<String> blocks = blocks("java");
        assertEquals(1, blocks.size());
        Path source = Files.writeString(folder.resolve("Monitoring.java"), "import io.niovsock.*;\n"
            + "import java.lang.management.*;\nimport javax.management.*;\npublic class Monitoring {\n"
            + "public static void main(String[] args) throws Exception {\n" + blocks.get(0) + "}\n}\n");
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", folder.toString(), "-cp",
            ChildJvm.folderOf(VsockSelectorProvider.class).toString(), source.toString()));
        assertEquals("0 streams, 0 failed connects", jvm(ChildJvm.of("Monitoring", folder)).run().succeeded().text());
    }
}
