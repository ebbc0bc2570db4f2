// SPDX-License-Identifier: Apache-2.0
package io.niovsock.docs;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.test.VsockExtension;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.EngineFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The examples of {@code docs/testing.md}: a user's test class, and a method of another one. JUnit runs them. */
class TestingExamplesTest {
    private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");
    private static final Pattern IMPORTS = Pattern.compile("(?m)^import .*\n");

    @TempDir
    private Path folder;

    @BeforeEach
    void theKitStaysAwayFromTheKernelsVsock() {
        if (!Machine.isEmulated())
            throw Skip.because("machines of the test kit are emulated, whatever the transport: run junit:emulated");
    }

    @Test
    void theTestsPass() throws Exception {
        List<String> blocks = JAVA.matcher(Files.readString(Path.of("docs/testing.md"))).results()
            .map(block -> block.group(1)).toList();
        assertEquals(2, blocks.size());
        String imports = IMPORTS.matcher(blocks.get(0)).results().map(found -> found.group())
            .collect(Collectors.joining());
        compile("GreetingTest", blocks.get(0));
        compile("MethodsTest", imports + "import static org.junit.jupiter.api.Assertions.assertTrue;\n"
            + "@ExtendWith(VsockExtension.class)\nclass MethodsTest {\n" + blocks.get(1) + "}\n");
        try (URLClassLoader loader = new URLClassLoader(new URL[] { folder.toUri().toURL() })) {
            TestExecutionSummary summary = run(loader.loadClass("GreetingTest"), loader.loadClass("MethodsTest"));
            assertEquals(3, summary.getTestsSucceededCount(), () -> failures(summary));
            assertEquals(0, summary.getTotalFailureCount(), () -> failures(summary));
        }
    }

    private void compile(String name, String text) throws IOException {
        Path source = Files.writeString(folder.resolve(name + ".java"), text);
        String classPath = Stream.of(VsockSelectorProvider.class, VsockExtension.class, Test.class)
            .map(type -> ChildJvm.folderOf(type).toString()).distinct().collect(Collectors.joining(File.pathSeparator));
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", folder.toString(), "-cp",
            classPath, source.toString());
        assertTrue(status == 0, () -> name + " does not compile");
    }

    private static TestExecutionSummary run(Class<?>... tests) {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(LauncherDiscoveryRequestBuilder.request()
            .selectors(Stream.of(tests).map(DiscoverySelectors::selectClass).toList())
            .filters(EngineFilter.includeEngines("junit-jupiter")).build(), listener);
        return listener.getSummary();
    }

    private static String failures(TestExecutionSummary summary) {
        StringWriter text = new StringWriter();
        summary.printFailuresTo(new PrintWriter(text, true));
        return text.toString();
    }
}
