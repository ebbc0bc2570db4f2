// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import io.niovsock.VsockSelectorProvider;
import org.junit.jupiter.api.Assertions;
import org.junit.platform.commons.util.Preconditions;
import org.opentest4j.AssertionFailedError;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/**
 * Another JVM of the same JDK, for decisions that a JVM makes once. It has the library and the tests on its class path,
 * and by default the transport and the namespace of this JVM. The property {@code niovsock.test.jvmOptions} contains
 * further options for every such JVM, separated by spaces.
 */
public final class ChildJvm {
    private final String program;
    private final Map<String, String> properties = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<String> prefix = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private final List<Path> first = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private final List<Path> more = new ArrayList<>();
    private Path library = folderOf(VsockSelectorProvider.class);
    private Path errors; // null: with the output
    private boolean nativeAccess = true;

    private ChildJvm(String program) {
        this.program = program;
        property("io.niovsock.transport", Machine.transport());
        for (String inherited : List.of(Machine.NAMESPACE_PROPERTY, "io.niovsock.library", "java.library.path"))
            if (System.getProperty(inherited) != null)
                property(inherited, System.getProperty(inherited));
        for (String option : System.getProperty("niovsock.test.jvmOptions", "").split(" "))
            if (!option.isEmpty())
                option(option);
    }

    public static ChildJvm of(Class<?> program) {
        return new ChildJvm(program.getName());
    }

    /** A program in a folder of classes that is not on this JVM's class path. */
    public static ChildJvm of(String program, Path folder) {
        ChildJvm jvm = new ChildJvm(program);
        jvm.more.add(folder);
        return jvm;
    }

    /** The origin of a class: a folder of classes, or a jar. */
    public static Path folderOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    public ChildJvm property(String name, Object value) {
        properties.put(name, value.toString());
        return this;
    }

    public ChildJvm without(String property) {
        properties.remove(property);
        return this;
    }

    public ChildJvm arguments(Object... values) {
        for (Object value : values)
            arguments.add(value.toString());
        return this;
    }

    /** An option of the JVM, such as {@code -javaagent:…}. */
    public ChildJvm option(String text) {
        options.add(text);
        return this;
    }

    /** Omits the option that allows native access. JDK 24 and later then warn, or deny it if they are configured to. */
    public ChildJvm withoutNativeAccess() {
        nativeAccess = false;
        return this;
    }

    public ChildJvm environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Writes the errors to a file, instead of among the output. */
    public ChildJvm errorsTo(Path file) {
        errors = file;
        return this;
    }

    /** A command that runs the JVM, such as {@code unshare -m}. */
    public ChildJvm under(String... command) {
        prefix.addAll(List.of(command));
        return this;
    }

    /** Puts a folder or jar on the class path before everything else. */
    public ChildJvm first(Path folderOrJar) {
        first.add(folderOrJar);
        return this;
    }

    /** Uses the library from another folder or jar. */
    public ChildJvm library(Path folderOrJar) {
        library = folderOrJar;
        return this;
    }

    /** Puts what runs tests on the class path, too. */
    public ChildJvm withTestPlatform() throws ClassNotFoundException {
        for (String type : List.of("org.junit.platform.launcher.Launcher", "org.junit.platform.engine.TestEngine",
            "org.junit.jupiter.engine.JupiterTestEngine", "org.junit.jupiter.params.ParameterizedTest"))
            more.add(folderOf(Class.forName(type)));
        return this;
    }

    /** Puts the origin of a class on the class path, too. */
    public ChildJvm with(Class<?> type) {
        more.add(folderOf(type));
        return this;
    }

    public Process start() throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-ea", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
        if (nativeAccess && Runtime.version().feature() >= 24)
            command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(options);
        properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.addAll(List.of("-cp", classPath(), program));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(errors == null);
        if (errors != null)
            builder.redirectError(errors.toFile());
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** The library, the tests, and the parts of JUnit that the test kit needs. */
    private String classPath() {
        Stream<Path> others = Stream.of(ChildJvm.class, Assertions.class, Preconditions.class,
            AssertionFailedError.class).map(ChildJvm::folderOf);
        return Stream.of(first.stream(), Stream.of(library), more.stream(), others).flatMap(paths -> paths)
            .map(Path::toString).distinct().collect(Collectors.joining(File.pathSeparator));
    }

    public Result run() throws IOException, InterruptedException {
        return run(Machine.PATIENCE);
    }

    /** Runs a program that does so much that it may take this long. */
    public Result run(Duration patience) throws IOException, InterruptedException {
        Process process = start();
        process.getOutputStream().close(); // the program reads nothing
        return finish(process, patience);
    }

    /** Reads the remaining output of a process, and its exit status. */
    public static Result finish(Process process) throws IOException, InterruptedException {
        return finish(process, Machine.PATIENCE);
    }

    private static Result finish(Process process, Duration patience) throws IOException, InterruptedException {
        try (Background<List<String>> output = Background.start(() -> linesOf(process))) {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("the process did not end; it printed " + output.result());
            }
            return new Result(process.exitValue(), output.result());
        }
    }

    private static List<String> linesOf(Process process) throws IOException {
        try (var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        }
    }

    /** The output of a process, with its errors unless they went to a file, and its exit status. */
    public record Result(int status, List<String> lines) {
        public Result succeeded() {
            assertEquals(0, status, this::text);
            return this;
        }

        public Result failed() {
            assertNotEquals(0, status, this::text);
            return this;
        }

        public String text() {
            return String.join("\n", lines);
        }
    }
}
