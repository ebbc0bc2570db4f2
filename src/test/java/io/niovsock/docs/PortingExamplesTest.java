// SPDX-License-Identifier: Apache-2.0
package io.niovsock.docs;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The examples of {@code docs/porting.md}: the Java code compiles and runs, and the rules can be read. */
class PortingExamplesTest {
    private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");
    private static final Pattern DECLARATION = Pattern.compile("(?:record|class|interface) .*", Pattern.DOTALL);
    private static final Pattern RULES_OPTION = Pattern.compile(
        "-Dio\\.niovsock\\.rules=([^ `'|…@]+(?: [^ `'|…]+=[^ `'|…]+)?)");
    private static final Pattern RULE_ROW = Pattern.compile("(?m)^\\| `([^`]+)` \\| (?:this address|port 80|these ports"
        + "|each address|10\\.7\\.0\\.1|only to bind|an exception)");

    @TempDir
    private Path folder;

    private static String document() throws IOException {
        return Files.readString(Path.of("docs/porting.md"));
    }

    private static List<String> all(Pattern pattern) throws IOException {
        return pattern.matcher(document()).results().map(found -> found.group(1)).collect(Collectors.toList());
    }

    /** A program with each declaration as a member, and all statements as its methods. */
    private static String program(List<String> blocks) {
        StringBuilder members = new StringBuilder();
        StringBuilder calls = new StringBuilder();
        for (String block : blocks)
            if (DECLARATION.matcher(block).matches()) {
                members.append("static ").append(block);
            } else {
                String name = "example" + members.length();
                members.append("static void ").append(name).append("() throws Exception {\n").append(block)
                    .append("}\n");
                calls.append(name).append("();\n");
            }
        return Stream.of("io.niovsock", "java.io", "java.net", "java.nio.channels", "java.rmi.server")
            .map(imported -> "import " + imported + ".*;\n").collect(Collectors.joining())
            + "public class Porting {\n" + members + "public static void main(String[] args) throws Exception {\n"
            + calls + "System.out.println(\"done\");\nSystem.exit(0);\n}\n}\n";
    }

    @Test
    void theJavaCodeRuns() throws Exception {
        List<String> blocks = all(JAVA);
        assertTrue(blocks.size() >= 4, blocks::toString);
        Path source = Files.writeString(folder.resolve("Porting.java"), program(blocks));
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", folder.toString(), "-cp",
            ChildJvm.folderOf(VsockSelectorProvider.class).toString(), source.toString()));
        assertEquals("done", ChildJvm.of("Porting", folder).property("io.niovsock.transport", "emulated")
            .property("io.niovsock.emulated.namespace", "PortingExamplesTest" + ProcessHandle.current().pid())
            .run().succeeded().text());
    }

    @Test
    void theRulesCanBeRead() throws Exception {
        List<String> options = all(RULES_OPTION);
        List<String> rows = all(RULE_ROW);
        assertTrue(options.size() > 3 && rows.size() == 8, () -> options + " " + rows);
        String rules = String.join(",", options) + "," + String.join(",", rows);
        String text = ChildJvm.of(Reading.class).property("io.niovsock.rules", rules).run().succeeded().text();
        assertEquals("rules: " + rules.split(",").length + " of -Dio.niovsock.rules", text);
    }

    static final class Reading {
        public static void main(String[] args) {
            io.niovsock.Vsock.report().stream().filter(line -> line.startsWith("rules: ")).forEach(System.out::println);
        }
    }
}
